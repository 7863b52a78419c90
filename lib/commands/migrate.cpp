// `migrate`, `migrate status`: a stack's schema migrations over all its tenants.
#include <fmt/format.h>

#include <algorithm>

#include "commands/duration_options.hpp"
#include "commands/migrate_work.hpp"
#include "commands/registry.hpp"
#include "commands/stacks.hpp"
#include "core/duration.hpp"

namespace tenantctl {
namespace {

struct MigrateArgs {
  MigrateOrders orders;
  std::string lock_timeout = "3s";
  std::string statement_timeout = "5m";
};

struct MigrateStatusArgs {
  std::string stack;
};

Result<Report> run_migrate(const MigrateArgs& args, Services& services) {
  auto orders = args.orders;
  TRY_ASSIGN(orders.limits.lock, parse_duration(args.lock_timeout));
  TRY_ASSIGN(orders.limits.statement, parse_duration(args.statement_timeout));
  TRY_ASSIGN(const auto done, migrate(orders, services));
  return migration_report(done);
}

SpreadLine::Place place_in_spread(const MigrationGoal& goal, const std::string& fingerprint) {
  if (fingerprint.empty()) return SpreadLine::Place::unknown;
  if (fingerprint == goal.fingerprint()) return SpreadLine::Place::current;
  return goal.can_follow(fingerprint) ? SpreadLine::Place::behind : SpreadLine::Place::elsewhere;
}

Result<void> count_pool(const MigrationGoal& goal, const std::vector<PoolEntry>& entries, StackSpread& spread, Services& services) {
  if (goal.stack->pool.size == 0) return {};
  TRY_ASSIGN(const auto wanted, template_name(*goal.stack, services));
  for (const auto& entry : entries) {
    if (entry.stack != goal.stack->name.str() || entry.state != PoolState::ready) continue;
    ++(entry.template_name == wanted ? spread.pool_ready : spread.pool_stale);
  }
  return {};
}

Result<Report> migrate_status(const MigrateStatusArgs& args, Services& services) {
  TRY_ASSIGN(const auto goals, migration_goals(args.stack, services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto groups, control.migrations.spread(args.stack));
  TRY_ASSIGN(const auto entries, control.pool.list());
  std::vector<StackSpread> stacks;
  std::vector<SpreadLine> lines;
  for (const auto& goal : goals) {
    const auto name = goal.stack->name.str();
    const auto before = lines.size();
    for (const auto& group : groups) {
      if (group.stack == name)
        lines.push_back({.stack = name,
                         .version = group.version,
                         .tenants = group.tenants,
                         .failed = group.failed,
                         .place = place_in_spread(goal, group.fingerprint)});
    }
    const bool all_have_none =
        goal.is_none() && std::all_of(lines.begin() + static_cast<std::ptrdiff_t>(before), lines.end(),
                                      [](const SpreadLine& line) { return line.place != SpreadLine::Place::elsewhere; });
    if (all_have_none && args.stack.empty()) continue;
    StackSpread spread{.stack = name, .version = goal.version()};
    TRY(count_pool(goal, entries, spread, services));
    stacks.push_back(std::move(spread));
  }
  return migration_status_report(stacks, lines);
}

}  // namespace

void add_migrate(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<MigrateArgs>(
      app, "migrate", "runs a stack's new schema migrations over all its tenants, which goes on where it stopped",
      "tenantctl migrate --dry-run\n  tenantctl migrate --stack shop --canary 3 --jobs 8\n  tenantctl migrate --tenant acme", chosen,
      run_migrate);
  auto& orders = args->orders;
  sub->add_option("--stack", orders.stack, "of this stack alone")->type_name("STACK");
  sub->add_option("--server", orders.server, "only tenants on this database server")->type_name("SERVER");
  sub->add_option("--tenant", orders.tenants, "only this tenant, by slug, code or id; may be repeated")->type_name("TENANT");
  sub->add_option("--canary", orders.canaries, "so many one after the other, before the others are begun")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  sub->add_option("--jobs", orders.jobs, "how many at once then")->check(CLI::Range(1, 64))->capture_default_str();
  sub->add_option("--max-failures", orders.max_failures, "begin no more once so many have failed")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  add_duration(*sub, "--lock-timeout", args->lock_timeout,
               "how long a migration may wait for a lock, as the tenant's sessions wait behind it; 0s: for ever")
      ->capture_default_str();
  sub->add_option("--lock-tries", orders.limits.lock_tries, "how often, with as long a rest in between")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  add_duration(*sub, "--statement-timeout", args->statement_timeout, "how long one statement may take; 0s: as long as it likes")
      ->capture_default_str();
  sub->add_flag("--dry-run", orders.dry_run, "say who would be migrated, and change nothing");
  add_lock_wait(*sub, orders.lock_wait);
  sub->require_subcommand(0, 1);

  auto [status_sub, status_args] = add_command<MigrateStatusArgs>(*sub, "status", "shows how many tenants have which version",
                                                                  "tenantctl migrate status", chosen, migrate_status);
  status_sub->add_option("--stack", status_args->stack, "of this stack alone")->type_name("STACK");
  // CLI11 calls back the inner command first, and then the outer one too.
  sub->callback([args = args, status_sub = status_sub, &chosen] {
    if (!status_sub->parsed()) chosen = [args](Services& services) { return run_migrate(*args, services); };
  });
}

}  // namespace tenantctl
