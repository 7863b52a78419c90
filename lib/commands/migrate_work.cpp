#include "commands/migrate_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "commands/operation_run.hpp"
#include "commands/placement.hpp"
#include "commands/pool_work.hpp"
#include "commands/spare_services.hpp"
#include "commands/stacks.hpp"
#include "core/parallel.hpp"

namespace tenantctl {
namespace {

Error bench_migrates(const std::string& stack) {
  return make_error(ErrorCode::state_conflict, fmt::format("stack \"{}\" is of kind frappe, whose apps bring their own migrations", stack))
      .with_hint("run \"bench --site SITE migrate\" on its host");
}

Error no_migrations(const StackSettings& stack) {
  const auto folder = migrations_folder(stack);
  return make_error(ErrorCode::state_conflict, fmt::format("stack \"{}\" has no migrations", stack.name.str()))
      .with_hint(fmt::format("put files such as 0001_add_phone.sql into \"{}\"",
                             folder.empty() ? "the folder that migrations: names" : folder.string()));
}

/// A tenant with a fingerprint that no beginning of the folder has got other files than these.
Result<void> check_unchanged(const std::vector<MigrationGoal>& goals, const std::vector<MigrationSpread>& spread) {
  for (const auto& goal : goals) {
    for (const auto& group : spread) {
      if (group.stack != goal.stack->name.str() || goal.can_follow(group.fingerprint)) continue;
      return fail(make_error(ErrorCode::state_conflict,
                             fmt::format("migrations of stack \"{}\" up to {} were changed or removed after {} tenant{} got them",
                                         group.stack, group.version, group.tenants, group.tenants == 1 ? "" : "s"))
                      .with_hint("put the files back as they were, and write a new one for what is to be different"));
    }
  }
  return {};
}

/// Of the tenants that were named, the ids, by stack.
using NamedTenants = std::map<std::string, std::vector<std::string>>;

Result<NamedTenants> find_named(const MigrateOrders& orders, const Settings& settings, ControlPlane& control) {
  NamedTenants named;
  for (const auto& name : orders.tenants) {
    TRY_ASSIGN(const auto tenant, control.tenants.find(name));
    TRY(check_has_data(tenant, "migrate"));
    if (!orders.stack.empty() && tenant.stack != orders.stack) {
      return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is of stack \"{}\"", tenant.slug.str(), tenant.stack))
                      .with_hint("leave --stack out"));
    }
    TRY_ASSIGN(const auto* stack, find_stack(settings, tenant.stack));
    if (stack->frappe) return fail(bench_migrates(tenant.stack));
    named[tenant.stack].push_back(tenant.id.str());
  }
  return named;
}

/// The tenants of one stack, their lines, and who works on them.
class Wave {
 public:
  Wave(const MigrationGoal& goal, const MigrateOrders& orders, std::vector<MigrationCandidate> candidates, StackLines& report,
       Services& services)
      : goal_(goal), orders_(orders), candidates_(std::move(candidates)), report_(report), services_(services) {
    for (const auto& candidate : candidates_)
      report_.lines.push_back({.slug = candidate.slug.str(), .from = candidate.known.version, .to = goal_.version()});
  }

  bool is_empty() const { return candidates_.empty(); }

  /// One after the other, until enough were migrated; true where none failed.
  bool send_canaries() {
    std::size_t migrated = 0;
    for (; begun_ < candidates_.size() && migrated < orders_.canaries && !services_.interrupted(); ++begun_) {
      auto& line = report_.lines[begun_];
      line = migrate_tenant(candidates_[begun_], goal_, orders_.limits, orders_.lock_wait, services_);
      line.canary = true;
      count(line);
      if (failed_ > 0) return false;
      if (line.outcome == MigrationOutcome::migrated) ++migrated;
    }
    return true;
  }

  /// The others, side by side; true where fewer failed than may.
  bool send_others() {
    const auto first = begun_;
    for_each_parallel(candidates_.size() - first, orders_.jobs, [&](std::size_t i) {
      if (!may_begin()) return;
      auto mine = spare_.take();
      auto line = migrate_tenant(candidates_[first + i], goal_, orders_.limits, orders_.lock_wait, *mine);
      const std::lock_guard lock(mutex_);
      count(line);
      report_.lines[first + i] = std::move(line);
    });
    return failed_ < orders_.max_failures || failed_ == 0;
  }

 private:
  bool may_begin() {
    const std::lock_guard lock(mutex_);
    return !services_.interrupted() && (failed_ == 0 || failed_ < orders_.max_failures);
  }

  void count(const MigrationLine& line) {
    ++done_;
    if (line.outcome == MigrationOutcome::failed) ++failed_;
    services_.progress().tally({.done = static_cast<std::int64_t>(done_ - failed_),
                                .failed = static_cast<std::int64_t>(failed_),
                                .total = static_cast<std::int64_t>(candidates_.size())});
  }

  const MigrationGoal& goal_;
  const MigrateOrders& orders_;
  const std::vector<MigrationCandidate> candidates_;
  StackLines& report_;
  Services& services_;
  std::mutex mutex_;
  SpareServices spare_{services_};
  std::size_t begun_ = 0;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
};

/// On each server. Whatever is wrong with a file as such is wrong here too, where no tenant has to suffer from it. Tenants that share a
/// database have no template.
Result<void> migrate_template(const MigrationGoal& goal, Services& services) {
  if (goal.stack->kind != StackKind::database || goal.files.empty()) return {};
  TRY_ASSIGN(auto source, read_template_source(*goal.stack, services));
  source.migrations = goal.files;
  TRY_ASSIGN(const auto* settings, services.settings());
  // Nobody is made of a draining server's template any more; but one has to be built.
  auto servers = open_servers(*goal.stack, *settings);
  if (servers.empty()) servers = {goal.stack->servers.front()};
  for (const auto& name : servers) {
    TRY_ASSIGN(auto* server, services.server(name));
    if (auto built = server->ensure_template(source); !built) return fail(std::move(built).error().with_context("no tenant was touched"));
  }
  return {};
}

/// What waits in the pool is of older files: it goes, and as many of today's come.
Result<void> renew_pool(const MigrationGoal& goal, const MigrateOrders& orders, StackLines& report, Services& services) {
  const auto& stack = *goal.stack;
  if (stack.pool.size == 0) return {};
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto wanted, template_name(stack, services));
  TRY_ASSIGN(const auto entries, control.pool.list());
  const auto is_stale = [&](const PoolEntry& entry) {
    return entry.stack == stack.name.str() && entry.state == PoolState::ready && entry.template_name != wanted;
  };
  if (std::ranges::none_of(entries, is_stale)) return {};
  const auto done = fill_pools({.stack = stack.name.str(), .threads = orders.jobs}, services);
  if (!done && done.error().code == ErrorCode::locked) {
    services.progress().note(fmt::format("somebody else fills pools now; run \"tenantctl pool fill {}\" later", stack.name.str()));
    return {};
  }
  if (!done) return fail(Error(done.error()).with_context("fill the pool"));
  report.pool_filled = done->filled;
  report.pool_dropped = done->dropped;
  if (!done->errors.empty()) return fail(Error(done->errors.front()).with_context("fill the pool"));
  return {};
}

/// True where the next stack may be begun.
bool migrate_stack(Wave& wave, const MigrationGoal& goal, const MigrateOrders& orders, StackLines& report, Services& services) {
  const bool whole_stack = orders.tenants.empty() && orders.server.empty();
  if (whole_stack && !wave.is_empty()) {
    if (auto built = migrate_template(goal, services); !built) {
      report.error = std::move(built).error();
      return false;
    }
  }
  if (!wave.send_canaries() || !wave.send_others()) return false;
  if (!whole_stack || services.interrupted()) return true;
  if (auto renewed = renew_pool(goal, orders, report, services); !renewed) report.error = std::move(renewed).error();
  return !report.error;
}

std::size_t count_up_to_date(const MigrationGoal& goal, const std::vector<MigrationSpread>& spread) {
  std::size_t sum = 0;
  for (const auto& group : spread) {
    if (group.stack == goal.stack->name.str() && group.fingerprint == goal.fingerprint()) sum += group.tenants;
  }
  return sum;
}

}  // namespace

Result<std::vector<MigrationGoal>> migration_goals(const std::string& stack, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  if (!stack.empty()) {
    TRY_ASSIGN(const auto* named, find_stack(*settings, stack));
    if (named->frappe) return fail(bench_migrates(stack));
  }
  std::vector<MigrationGoal> goals;
  for (const auto& [name, one] : settings->stacks) {
    if (one.frappe || (!stack.empty() && name != stack)) continue;
    TRY_ASSIGN(auto files, read_migrations(one, services));
    goals.push_back({.stack = &one, .files = std::move(files)});
  }
  return goals;
}

Result<MigrationRun> migrate(const MigrateOrders& orders, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto goals, migration_goals(orders.stack, services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto named, find_named(orders, *settings, control));
  TRY_ASSIGN(const auto spread, control.migrations.spread(""));
  TRY(check_unchanged(goals, spread));
  std::erase_if(goals, [&](const MigrationGoal& goal) { return !orders.tenants.empty() && !named.contains(goal.stack->name.str()); });
  for (const auto& goal : goals) {
    if (goal.is_none() && (!orders.stack.empty() || !orders.tenants.empty())) return fail(no_migrations(*goal.stack));
  }
  std::erase_if(goals, [](const MigrationGoal& goal) { return goal.is_none(); });

  MigrationRun run{.stacks = {}, .dry = orders.dry_run};
  bool go_on = true;
  for (const auto& goal : goals) {
    const auto name = goal.stack->name.str();
    StackLines report{.stack = name, .version = goal.version()};
    TRY_ASSIGN(auto candidates,
               control.migrations.behind({.stack = name, .server = orders.server, .tenants = named[name]}, goal.fingerprint()));
    report.up_to_date = orders.tenants.empty() ? count_up_to_date(goal, spread) : named[name].size() - candidates.size();
    Wave wave(goal, orders, std::move(candidates), report, services);
    if (!orders.dry_run && go_on) go_on = migrate_stack(wave, goal, orders, report, services) && !services.interrupted();
    run.stacks.push_back(std::move(report));
  }
  run.stopped_by = services.interrupted();
  return run;
}

}  // namespace tenantctl
