// `verify-isolation`: tries to cross every border between tenants, and says which of them hold and which don't.
#include <fmt/format.h>

#include <algorithm>

#include "commands/isolation_subjects.hpp"
#include "commands/registry.hpp"
#include "core/isolation_baseline.hpp"
#include "isolation/closing.hpp"
#include "isolation/server_survey.hpp"
#include "views/isolation.hpp"

namespace tenantctl {
namespace {

struct VerifyIsolationArgs {
  std::vector<std::string> tenants;
  bool all = false;
  std::size_t sample = 0;
  std::size_t jobs = 4;
  std::filesystem::path baseline;
  bool fix = false;
  bool list_probes = false;
};

Result<void> check_usage(const VerifyIsolationArgs& args) {
  if (args.all != args.tenants.empty()) {
    return fail(make_error(ErrorCode::usage, args.all ? "tenants and --all were given together" : "no tenant was named")
                    .with_hint("pass one of the two: TENANT…, or --all"));
  }
  return {};
}

Result<std::vector<AcceptedFinding>> read_baseline(const VerifyIsolationArgs& args, Services& services) {
  if (args.baseline.empty()) return std::vector<AcceptedFinding>();
  TRY_ASSIGN(const auto text, services.read_file(args.baseline));
  return parse_baseline(args.baseline, text);
}

std::size_t random_shift(Services& services) {
  std::array<std::uint8_t, 2> random{};
  services.entropy().fill(random);
  return random[0] + 256U * random[1];
}

/// All servers of the towns, one after the other: each has as many jobs as were asked for.
Result<IsolationResults> survey(const VerifyIsolationArgs& args, const std::vector<Town>& towns, const std::vector<ProbeCard>& cards,
                                Services& services) {
  IsolationResults results{.tenants = {}, .servers = {}, .cards = cards};
  for (const auto& town : towns) {
    TRY_ASSIGN(const auto doors, services.doors(town.server));
    const SurveyOrder order{.server = town.server,
                            .inhabitants = town.inhabitants,
                            .subjects = town.subjects,
                            .sample = args.sample,
                            .shift = random_shift(services),
                            .jobs = args.jobs,
                            .stop = [&services] { return services.interrupted().has_value(); }};
    TRY_ASSIGN(auto found, survey_server(order, cards, *doors));
    if (auto stopped = services.interrupted()) return fail(std::move(*stopped));
    std::ranges::move(found.tenants, std::back_inserter(results.tenants));
    results.servers.push_back(std::move(found.untouched));
  }
  return results;
}

/// Runs what closes the breaches, after the operator has seen it. True where anything was run.
Result<bool> close_breaches(const IsolationResults& results, Services& services) {
  const auto closings = closings_of(results.tenants);
  if (closings.empty()) return false;
  services.progress().note("these statements close what can be closed by one:");
  for (const auto& closing : closings)
    services.progress().note(fmt::format("  on {}{}: {}", closing.server, closing.statement.database.empty() ? "" : ", in " + closing.statement.database,
                                         closing.statement.sql));
  TRY(services.confirm(fmt::format("run {} statements?", closings.size())));
  for (const auto& closing : closings) {
    TRY_ASSIGN(const auto doors, services.doors(closing.server));
    TRY(close_hole(closing, *doors));
  }
  return true;
}

Result<Report> verify_isolation(const VerifyIsolationArgs& args, Services& services) {
  TRY_ASSIGN(const auto cards, probe_cards());
  if (args.list_probes) return probe_list_report(cards);
  TRY(check_usage(args));
  TRY_ASSIGN(const auto baseline, read_baseline(args, services));
  TRY_ASSIGN(const auto towns, find_subjects({.tenants = args.tenants, .all = args.all}, services));
  TRY_ASSIGN(auto results, survey(args, towns, cards, services));
  results.notes = apply_baseline(baseline, services.clock().now(), results.tenants);
  if (args.fix) {
    TRY_ASSIGN(const bool closed, close_breaches(results, services));
    if (closed) {
      TRY_ASSIGN(results, survey(args, towns, cards, services));
      results.notes = apply_baseline(baseline, services.clock().now(), results.tenants);
    }
  }
  TRY_ASSIGN(const auto control, services.control());
  TRY(control.isolation.record(results.tenants, services.actor()));
  return isolation_report(results);
}

}  // namespace

void add_verify_isolation(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<VerifyIsolationArgs>(
      app, "verify-isolation", "tries to cross every border between tenants; status 7 where one could be crossed, or that can't be told",
      "tenantctl verify-isolation --all --sample 20 --jobs 8", chosen, verify_isolation);
  sub->add_option("tenants", args->tenants, "their slugs, codes or ids")->type_name("TENANT");
  sub->add_flag("--all", args->all, "every tenant that is not deleted");
  sub->add_option("--sample", args->sample, "how many others each is tried against, others each time (else all)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  sub->add_option("--jobs", args->jobs, "how many tenants are tried at once; each has up to five connections")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  sub->add_option("--baseline", args->baseline, "what is accepted, with reason and expiry")->type_name("FILE");
  sub->add_flag("--fix", args->fix, "closes what one statement can close, after showing it, and looks again");
  sub->add_flag("--list-probes", args->list_probes, "shows what is tried");
}

}  // namespace tenantctl
