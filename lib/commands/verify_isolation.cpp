// `verify-isolation`: tries to cross every border between tenants, and says which of them hold and which don't.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "commands/isolation_subjects.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "core/isolation_baseline.hpp"
#include "core/utf8.hpp"
#include "isolation/closing.hpp"
#include "isolation/key_survey.hpp"
#include "isolation/server_survey.hpp"
#include "isolation/site_survey.hpp"
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
  const auto random = random_bytes<2>(services.entropy());
  return random[0] + 256U * random[1];
}

/// One after the other: each has as many jobs as were asked for.
class Surveys {
 public:
  Surveys(const VerifyIsolationArgs& args, const Subjects& subjects, const std::vector<ProbeCard>& cards, Services& services)
      : subjects_(subjects),
        cards_(cards),
        services_(services),
        round_{.sample = args.sample, .shift = random_shift(services), .jobs = args.jobs, .stop = [&services] {
                 return services.interrupted().has_value();
               }} {
    for (const auto place : subjects.asked_for) {
      const auto& tenant = subjects.all[place].tenant;
      results_.tenants.push_back({.id = tenant.id, .slug = tenant.slug, .server = tenant.server});
    }
    results_.cards = cards;
  }

  Result<IsolationResults> run() {
    TRY(ask_servers());
    ask_benches();
    TRY(ask_nginx());
    TRY(ask_here());
    if (auto stopped = services_.interrupted()) return fail(std::move(*stopped));
    return std::move(results_);
  }

 private:
  void take(TenantIsolation&& more) {
    const auto it = std::ranges::find(results_.tenants, more.id, &TenantIsolation::id);
    if (it != results_.tenants.end()) it->add(std::move(more));
  }

  Result<void> ask_servers() {
    std::map<std::string, SurveyOrder> orders;
    for (std::size_t place = 0; place < subjects_.all.size(); ++place) {
      const auto& candidate = subjects_.all[place];
      if (candidate.inhabitant.kind == StackKind::frappe) continue;
      auto& order = orders[candidate.tenant.server];
      if (std::ranges::binary_search(subjects_.asked_for, place)) order.subjects.push_back(order.inhabitants.size());
      order.inhabitants.push_back(candidate.inhabitant);
    }
    for (auto& [server, order] : orders) {
      if (order.subjects.empty()) continue;
      order.server = server;
      order.round = round_;
      TRY_ASSIGN(const auto doors, services_.doors(server));
      auto found = survey_server(order, cards_, *doors);
      if (!found) {
        // The server is not isolated then, and the others are asked all the same.
        for (const auto subject : order.subjects)
          nothing_known("log-in", Tries(order.inhabitants[subject]), fmt::format("server \"{}\": {}", server, full_message(found.error())));
        continue;
      }
      for (auto& tenant : found->tenants) take(std::move(tenant));
      results_.servers.push_back(std::move(found->untouched));
    }
    return {};
  }

  void nothing_known(std::string_view probe, Tries tries, const std::string& why) {
    const auto& card = card_named(cards_, probe);
    tries.count(card);
    tries.unclear(card, "", why);
    take(std::move(tries).result());
  }

  struct BenchOrder {
    SiteOrder order;
    const CreatePlan* way = nullptr;  // of one of its subjects: it leads to the bench
  };

  void ask_benches() {
    std::map<std::pair<std::string, std::string>, BenchOrder> benches;  // by host and folder
    for (std::size_t place = 0; place < subjects_.all.size(); ++place) {
      const auto& candidate = subjects_.all[place];
      if (!candidate.made_as) continue;
      const auto& site = candidate.made_as->frappe->site;
      auto& [order, way] = benches[{candidate.tenant.server, site.bench}];
      if (std::ranges::binary_search(subjects_.asked_for, place)) {
        order.subjects.push_back(order.tenants.size());
        if (way == nullptr) way = &*candidate.made_as;
      }
      order.tenants.push_back({.id = candidate.tenant.id, .slug = candidate.tenant.slug, .site = site.name});
    }
    for (auto& [where, bench] : benches) {
      if (bench.order.subjects.empty() || services_.interrupted()) continue;
      bench.order.bench = where.second;
      bench.order.round = round_;
      auto found = survey_bench(bench);
      if (!found) {
        for (const auto subject : bench.order.subjects) {
          const auto& tenant = bench.order.tenants[subject];
          nothing_known("enter-site-database", Tries(tenant.id, tenant.slug, StackKind::frappe), full_message(found.error()));
        }
        continue;
      }
      for (auto& tenant : *found) take(std::move(tenant));
    }
  }

  Result<std::vector<TenantIsolation>> survey_bench(const BenchOrder& bench) {
    TRY_ASSIGN(const auto doors, site_doors_of(*bench.way, services_));
    return survey_sites(bench.order, cards_, *doors);
  }

  Result<void> ask_nginx() {
    TRY_ASSIGN(const auto* settings, services_.settings());
    HttpOrder order{.address = settings->nginx.probe,
                    .secure_address = settings->nginx.tls ? settings->nginx.tls->probe : "",
                    .domain = settings->domain,
                    .tenants = {},
                    .subjects = subjects_.asked_for,
                    .round = round_};
    for (const auto& candidate : subjects_.all) order.tenants.push_back(candidate.visited);
    for (auto& tenant : survey_http(order, cards_, services_.http())) take(std::move(tenant));
    return {};
  }

  /// Keys, by the control database; files, on this machine and nginx's.
  Result<void> ask_here() {
    TRY_ASSIGN(const auto control, services_.control());
    for (const auto place : subjects_.asked_for) {
      if (services_.interrupted()) return {};
      const auto& candidate = subjects_.all[place];
      Tries tries(candidate.tenant.id, candidate.tenant.slug, candidate.inhabitant.kind);
      std::vector<const Tenant*> others;
      for (const auto other : others_of(place, subjects_.all.size(), round_.sample, round_.shift))
        others.push_back(&subjects_.all[other].tenant);
      const KeyHolder holder{.tenant = candidate.tenant, .others = others, .actor = services_.actor(), .now = services_.clock().now()};
      survey_keys(holder, cards_, control.keys, services_.entropy(), tries);
      TRY_ASSIGN(auto* here, services_.shell(""));
      survey_files(candidate.files, cards_, *here, tries);
      TRY_ASSIGN(auto* there, services_.shell(candidate.nginx_host));
      survey_files(candidate.nginx_files, cards_, *there, tries);
      take(std::move(tries).result());
    }
    return {};
  }

  const Subjects& subjects_;
  const std::vector<ProbeCard>& cards_;
  Services& services_;
  Round round_;
  IsolationResults results_{.tenants = {}, .servers = {}, .cards = {}};
};

struct Closed {
  bool any = false;
  std::vector<std::string> failures = {};
};

/// Runs what closes the breaches, after the operator has seen it. Those that fail do not keep the others from being run.
Result<Closed> close_breaches(const IsolationResults& results, Services& services) {
  const auto closings = closings_of(results.tenants);
  if (closings.empty()) return Closed{};
  services.progress().note("these statements close what can be closed by one:");
  for (const auto& [server, statement] : closings) {
    services.progress().note(
        fmt::format("  on {}{}: {}", server, statement.database.empty() ? "" : ", in " + statement.database, printable(statement.sql)));
  }
  TRY(services.confirm(fmt::format("run {} statements?", closings.size())));
  Closed closed{.any = true};
  for (const auto& closing : closings) {
    TRY_ASSIGN(const auto doors, services.doors(closing.server));
    if (const auto done = close_hole(closing, *doors); !done) closed.failures.push_back(full_message(done.error()));
  }
  return closed;
}

Result<Report> verify_isolation(const VerifyIsolationArgs& args, Services& services) {
  TRY_ASSIGN(const auto cards, probe_cards());
  if (args.list_probes) return probe_list_report(cards);
  TRY(check_usage(args));
  TRY_ASSIGN(const auto baseline, read_baseline(args, services));
  TRY_ASSIGN(const auto subjects, find_subjects({.tenants = args.tenants, .all = args.all}, services));
  TRY_ASSIGN(auto results, Surveys(args, subjects, cards, services).run());
  results.notes = apply_baseline(baseline, services.clock().now(), results.tenants);
  if (args.fix) {
    TRY_ASSIGN(const auto closed, close_breaches(results, services));
    if (closed.any) {
      // That they were open is to be known and told, too.
      TRY_ASSIGN(const auto before, services.control());
      TRY(before.isolation.record(results.tenants, services.actor()));
      TRY_ASSIGN(results, Surveys(args, subjects, cards, services).run());
      results.notes = apply_baseline(baseline, services.clock().now(), results.tenants);
      std::ranges::copy(closed.failures, std::back_inserter(results.notes));
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
