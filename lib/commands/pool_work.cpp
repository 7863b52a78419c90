#include "commands/pool_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <mutex>

#include "commands/create_request.hpp"
#include "commands/finish_operation.hpp"
#include "commands/placement.hpp"
#include "commands/spare_services.hpp"
#include "commands/stacks.hpp"
#include "core/parallel.hpp"

namespace tenantctl {
namespace {

// It is never sent a mail: whoever takes the database has an address of their own.
constexpr const char* k_nobody = "pool@tenantctl.invalid";

/// Whose lock is held while that stack's pool is filled.
TenantSlug filling_of(const std::string& stack) { return *TenantSlug::parse(nearest_slug("pool-filling-" + stack)); }

/// One thing to do, with services of the thread that does it.
using Task = std::function<Result<void>(Services&)>;

Result<void> make_entry(const PoolGoal& goal, const std::string& server, Services& services) {
  TRY_ASSIGN(auto identity, new_identity(services.entropy()));
  const auto slug = pool_slug(identity.code);
  TRY_ASSIGN(auto operation_id, new_operation_id(services));
  const PoolEntry entry{.identity = std::move(identity),
                        .stack = goal.stack->name.str(),
                        .server = server,
                        .template_name = goal.template_name,
                        .filled_by = operation_id};
  CreateArgs args{.slug = slug.str(),
                  .email = k_nobody,
                  .stack = entry.stack,
                  .print_credentials = goal.stack->after_create.argv.empty(),
                  .pooled = entry};
  TRY_ASSIGN(auto request, read_create(args, services));
  request.plan.dns.reset();  // nobody is led to it yet
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto lock, control.operations.lock(slug));
  auto operation = operation_of(operation_id, request.plan, services);
  operation.kind = k_fill_kind;
  operation.pipeline_version = k_fill_pipeline_version;
  operation.parameters = to_parameters(request.plan);
  TRY_ASSIGN(const auto run, prepare_fill(std::move(request.plan), services));
  TRY_ASSIGN(const auto ticket, control.pool.open_fill(operation, entry));
  TRY(claim_effects(*run, ticket, control, services));
  auto engine = make_engine(control, services);
  TRY_ASSIGN(const auto outcome, engine.run(ticket, run->pipeline, run->ends, OnFailure::undo));
  if (outcome.state != OperationState::succeeded) return fail(error_of(outcome, ticket));
  return {};
}

/// Its fill is undone, which ends with the entry's row.
Result<void> drop_entry(const PoolEntry& entry, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto filled_by, control.operations.find(entry.filled_by));
  TRY_ASSIGN(auto taken, take_operation(filled_by, "", control, services));
  if (taken.operation.state == OperationState::undone) return {};  // somebody was faster
  if (taken.operation.state == OperationState::succeeded) {
    TRY_ASSIGN(const bool ours, control.pool.withdraw(entry));
    if (!ours)
      return fail(
          make_error(ErrorCode::locked, fmt::format("database of code {} was taken out of the pool meanwhile", entry.identity.code.str()))
              .may_retry());
  }
  TRY(undo_operation(taken, make_error(ErrorCode::operation_failed, "taken out of the pool"), control, services));
  return {};
}

/// Of a stack: what it is to have, if it keeps a pool; and what is to be done to that end.
struct FillPlan {
  const PoolGoal* goal = nullptr;
  std::vector<Task> drops = {};
  int missing = 0;
};

/// Dropped are entries of stacks or files that are no more, half made and draining ones, and what is beyond the size.
FillPlan plan_filling(const std::vector<PoolEntry>& entries, const std::string& stack, const PoolGoal* goal, const PoolOrders& orders) {
  FillPlan plan{.goal = goal};
  int kept = 0;
  for (const auto& entry : entries) {
    if (entry.state == PoolState::claimed || entry.stack != stack) continue;
    const bool wanted = entry.state == PoolState::ready && goal != nullptr && is_of(entry, *goal) && kept < goal->stack->pool.size;
    if (wanted) ++kept;
    else if (orders.drop_ready || entry.state != PoolState::ready)
      plan.drops.push_back([entry](Services& services) { return drop_entry(entry, services); });
  }
  const bool enough = goal == nullptr || (orders.only_when_low && kept > goal->stack->pool.low_water);
  if (!enough) plan.missing = std::max(goal->stack->pool.size - kept, 0);
  return plan;
}

/// Each is counted before the next is placed; where one can't be, what fits is made all the same.
Result<std::vector<Task>> place_fills(const FillPlan& plan, std::vector<Error>& errors, ControlPlane& control, Services& services) {
  std::vector<Task> fills;
  if (plan.missing == 0) return fills;
  TRY_ASSIGN(const auto entries, control.pool.list());
  ServerCounts waiting;
  for (const auto& entry : entries) ++waiting[entry.server];
  const auto* goal = plan.goal;
  auto loads = loads_of(*goal->stack, goal->stack->servers, waiting, services);
  if (!loads) {
    errors.push_back(loads.error());
    return fills;
  }
  for (int i = 0; i < plan.missing; ++i) {
    const auto order = placement_order(*loads, goal->stack->place_by);
    if (order.empty()) {
      errors.push_back(no_server_left(goal->stack->name.str(), *loads));
      break;
    }
    ++std::ranges::find(*loads, order.front(), &ServerLoad::name)->tenants;
    fills.push_back([goal, server = order.front()](Services& own) { return make_entry(*goal, server, own); });
  }
  return fills;
}

enum class AfterFailure : std::uint8_t { go_on, stop };

/// What others hold is theirs to finish.
std::size_t run_all(const std::vector<Task>& tasks, AfterFailure after_failure, const PoolOrders& orders, std::vector<Error>& all_errors,
                    Services& services) {
  std::vector<Error> errors;
  std::mutex mutex;
  SpareServices spare(services);
  std::size_t done = 0;
  const auto may_begin = [&] {
    const std::lock_guard lock(mutex);
    return !services.interrupted() && !orders.stop() && (errors.empty() || after_failure == AfterFailure::go_on);
  };
  for_each_parallel(tasks.size(), orders.threads, [&](std::size_t i) {
    if (!may_begin()) return;
    const auto mine = spare.take();
    const auto result = tasks[i](*mine);
    const std::lock_guard lock(mutex);
    if (result) ++done;
    else if (result.error().code != ErrorCode::locked) errors.push_back(result.error());
    services.progress().tally({.done = static_cast<std::int64_t>(done),
                               .failed = static_cast<std::int64_t>(errors.size()),
                               .total = static_cast<std::int64_t>(tasks.size())});
  });
  std::ranges::move(errors, std::back_inserter(all_errors));
  return done;
}

/// `goal` is the stack's own, or nothing: then all that nobody has claimed goes.
Result<void> bring_stack_to(const std::string& stack, const PoolGoal* goal, const PoolOrders& orders, PoolDone& done, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  // Two that fill at once would make twice what is missing.
  TRY_ASSIGN(const auto lock, control.operations.lock(filling_of(stack)));
  TRY(control.pool.settle());
  TRY_ASSIGN(const auto entries, control.pool.list());
  const auto plan = plan_filling(entries, stack, goal, orders);
  done.dropped += run_all(plan.drops, AfterFailure::go_on, orders, done.errors, services);
  TRY_ASSIGN(const auto fills, place_fills(plan, done.errors, control, services));
  done.filled += run_all(fills, AfterFailure::stop, orders, done.errors, services);
  return {};
}

/// Those of the goals, sites last, as they take minutes each; then those of which only entries are left.
Result<std::vector<std::string>> stacks_to_bring(const std::vector<PoolGoal>& goals, const PoolOrders& orders, ControlPlane& control) {
  if (!orders.stack.empty()) return std::vector{orders.stack};
  std::vector<std::string> stacks;
  for (const bool of_sites : {false, true}) {
    for (const auto& goal : goals) {
      if (goal.stack->frappe.has_value() == of_sites) stacks.push_back(goal.stack->name.str());
    }
  }
  TRY_ASSIGN(const auto entries, control.pool.list());
  for (const auto& entry : entries) {
    if (std::ranges::find(stacks, entry.stack) == stacks.end()) stacks.push_back(entry.stack);
  }
  return stacks;
}

/// One stack's trouble does not keep the others from it.
Result<PoolDone> bring_to(const std::vector<PoolGoal>& goals, const PoolOrders& orders, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto stacks, stacks_to_bring(goals, orders, control));
  PoolDone done;
  for (const auto& stack : stacks) {
    const auto goal = std::ranges::find(goals, stack, [](const PoolGoal& one) { return one.stack->name.str(); });
    auto brought = bring_stack_to(stack, goal == goals.end() ? nullptr : &*goal, orders, done, services);
    if (!brought && stacks.size() == 1) return fail(std::move(brought).error());
    if (!brought) done.errors.push_back(std::move(brought).error());
  }
  return done;
}

}  // namespace

bool is_of(const PoolEntry& entry, const PoolGoal& goal) {
  return entry.stack == goal.stack->name.str() && entry.template_name == goal.template_name &&
         std::ranges::find(goal.servers, entry.server) != goal.servers.end();
}

Result<std::vector<PoolGoal>> pool_goals(const std::string& stack, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  std::vector<PoolGoal> goals;
  if (!stack.empty()) TRY(find_stack(*settings, stack));
  for (const auto& [name, one] : settings->stacks) {
    if (one.pool.size == 0 || (!stack.empty() && name != stack)) continue;
    TRY_ASSIGN(auto wanted, template_name(one, services));
    goals.push_back({.stack = &one, .template_name = std::move(wanted), .servers = open_servers(one, *settings)});
  }
  if (!stack.empty() && goals.empty()) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("stack \"{}\" keeps no pool", stack))
                    .with_hint(fmt::format("add pool: {{ size: 10 }} to stack \"{}\" in {}", stack, settings->file.string())));
  }
  return goals;
}

Result<PoolDone> fill_pools(const PoolOrders& orders, Services& services) {
  TRY_ASSIGN(const auto goals, pool_goals(orders.stack, services));
  return bring_to(goals, orders, services);
}

Result<PoolDone> drain_pools(const PoolOrders& orders, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  if (!orders.stack.empty()) TRY(find_stack(*settings, orders.stack));
  return bring_to({}, orders, services);
}

}  // namespace tenantctl
