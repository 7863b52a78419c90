// `audit`: who did what and when, also to tenants that are no more.
#include <fmt/format.h>

#include "commands/registry.hpp"
#include "core/moment.hpp"
#include "views/audit.hpp"

namespace tenantctl {
namespace {

struct AuditArgs {
  std::string tenant;
  std::string since;
  std::string until;
  AuditFilter filter;
};

/// A slug is asked for as it is: the log knows names that no tenant has any more. A code is known only of tenants that exist.
Result<void> narrow_to_tenant(const std::string& name, AuditFilter& filter, ControlPlane& control) {
  if (auto id = TenantId::parse(name)) {
    filter.tenant = *id;
    return {};
  }
  const auto found = control.tenants.find(name);
  if (!found && found.error().code != ErrorCode::tenant_not_found) return fail(found.error());
  filter.slug = found ? found->slug.str() : name;
  if (found) return {};
  TRY_ASSIGN(const auto ever, control.audit.list({.slug = name, .limit = 1}));
  if (ever.entries.empty()) return fail(found.error());
  return {};
}

Result<Report> audit(const AuditArgs& args, Services& services) {
  auto filter = args.filter;
  const auto now = services.clock().now();
  if (!args.since.empty()) { TRY_ASSIGN(filter.since, parse_moment(args.since, now, Span::before_now)); }
  if (!args.until.empty()) { TRY_ASSIGN(filter.until, parse_moment(args.until, now, Span::before_now)); }
  TRY_ASSIGN(auto control, services.control());
  if (!args.tenant.empty()) TRY(narrow_to_tenant(args.tenant, filter, control));
  TRY_ASSIGN(auto page, control.audit.list(filter));
  return audit_report({.entries = std::move(page.entries), .more = page.more});
}

}  // namespace

void add_audit(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<AuditArgs>(app, "audit", "shows who changed what and when, newest first",
                                            "tenantctl audit acme --since 7d", chosen, audit);
  sub->add_option("tenant", args->tenant, "only of this one: its slug, code or id; it need not exist any more")->type_name("TENANT");
  sub->add_option("--since", args->since, "not before: 2026-11-21T08:47:09Z, 2026-11-21, or so long ago, as in 24h or 7d")
      ->type_name("TIME");
  sub->add_option("--until", args->until, "before, likewise")->type_name("TIME");
  sub->add_option("--limit", args->filter.limit, "how many at the most")->check(CLI::Range(1, 10000))->capture_default_str();
  sub->add_option("--before", args->filter.before, "only older ones than this entry: for the next page")
      ->check(CLI::PositiveNumber)
      ->type_name("ID");
}

}  // namespace tenantctl
