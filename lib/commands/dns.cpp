// `dns records`: what a tenant's names need in the operator's zone, and whether it is there.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "commands/duration_options.hpp"
#include "commands/registry.hpp"
#include "core/duration.hpp"
#include "views/dns.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

struct DnsRecordsArgs {
  std::string tenant;
  std::string wait;
};

Result<TenantRecords> records_of(const Tenant& tenant, const Settings& settings) {
  if (settings.dns.has_target()) return records_for(tenant.id, tenant.domain, settings.dns);
  return fail(make_error(ErrorCode::config_invalid, fmt::format("{} does not say where tenants' names are to lead", settings.file.string()))
                  .with_hint("write dns: { provider: manual, addresses: [\"192.0.2.10\"] }"));
}

/// What is not there once the time is over; none as soon as all is. Errors: those of a look that fails then; interrupted.
Result<std::vector<std::string>> wait_for(const TenantRecords& records, std::chrono::milliseconds patience, Services& services) {
  TRY_ASSIGN(auto* lookup, services.lookup());
  const auto end = std::chrono::steady_clock::now() + patience;
  for (std::chrono::milliseconds pause = 200ms;; pause = std::min(2 * pause, std::chrono::milliseconds(5s))) {
    auto missing = lookup->missing(records.records);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if ((missing && missing->empty()) || left <= 0ms) return missing;
    for (auto rest = std::min(pause, left); rest > 0ms; rest -= 100ms) {
      if (auto stopped = services.interrupted()) return fail(std::move(*stopped));
      std::this_thread::sleep_for(std::min(rest, std::chrono::milliseconds(100)));
    }
  }
}

Result<Report> dns_records(const DnsRecordsArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(const auto records, records_of(tenant, *settings));
  Report report{.text = zone_snippet(records, settings->dns.ttl), .document = {{"tenant", tenant.slug.str()}}};
  report.document["records"] = records_document(records);
  if (args.wait.empty()) return report;
  TRY_ASSIGN(const auto patience, parse_duration(args.wait));
  if (settings->dns.nameservers.empty()) {
    return fail(make_error(ErrorCode::config_invalid, "a resolver that was asked too early says for long that there is no such name")
                    .with_hint("name the zone's own servers with dns.nameservers, which are asked instead"));
  }
  TRY_ASSIGN(const auto missing, wait_for(records, patience, services));
  if (missing.empty()) return report;
  return fail(make_error(ErrorCode::check_failed,
                         fmt::format("after {}, {}{}", args.wait, missing.front(),
                                     missing.size() > 1 ? fmt::format(", and {} more are missing", missing.size() - 1) : ""))
                  .with_hint(fmt::format("add what \"tenantctl dns records {}\" prints, and wait again", tenant.slug.str()))
                  .may_retry());
}

}  // namespace

void add_dns(CLI::App& app, Command& chosen) {
  auto* family = app.add_subcommand("dns", "tenants' names in the operator's zone");
  family->require_subcommand(1);
  family->fallthrough();
  auto [sub, args] = add_command<DnsRecordsArgs>(*family, "records", "prints a tenant's records as lines of a zone's file",
                                                 "tenantctl dns records acme --wait 10m", chosen, dns_records);
  add_tenant(*sub, args->tenant);
  add_duration(*sub, "--wait", args->wait,
               "until every nameserver has them, for so long at the most, as in 90s or 10m; status 7 where one has not");
}

}  // namespace tenantctl
