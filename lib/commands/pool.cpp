// `pool status|fill|drain`: databases and Frappe sites made ahead of time, so that a create need not wait for them.
#include <algorithm>

#include "commands/pool_work.hpp"
#include "commands/registry.hpp"
#include "views/pool.hpp"

namespace tenantctl {
namespace {

struct StatusArgs {};

void count(PoolLine& line, const PoolEntry& entry, const std::vector<PoolGoal>& goals) {
  const bool of_today = std::ranges::any_of(goals, [&](const PoolGoal& goal) { return is_of(entry, goal); });
  if (entry.state == PoolState::filling) ++line.filling;
  else if (entry.state == PoolState::claimed) ++line.claimed;
  else if (entry.state == PoolState::ready && of_today) ++line.ready;
  else ++line.stale;
}

Result<Report> status(const StatusArgs&, Services& services) {
  TRY_ASSIGN(const auto goals, pool_goals("", services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto entries, control.pool.list());
  std::vector<PoolLine> lines;
  for (const auto& goal : goals)
    lines.push_back({.stack = goal.stack->name.str(), .size = goal.stack->pool.size, .low_water = goal.stack->pool.low_water});
  for (const auto& entry : entries) {
    auto line = std::ranges::find(lines, entry.stack, &PoolLine::stack);
    if (line == lines.end()) line = lines.insert(lines.end(), {.stack = entry.stack});  // it keeps none any more
    count(*line, entry, goals);
  }
  return pool_report(lines);
}

Result<Report> ended(const Result<PoolDone>& done, Services& services) {
  if (!done) return fail(done.error());
  if (auto signal = services.interrupted()) return fail(std::move(*signal).with_context("the rest was not begun"));
  return pool_done_report(done->filled, done->dropped, done->errors);
}

Result<Report> fill(const PoolOrders& orders, Services& services) { return ended(fill_pools(orders, services), services); }

Result<Report> drain(const PoolOrders& orders, Services& services) {
  TRY(services.confirm(orders.stack.empty() ? "drop everything that waits in a pool?"
                                            : "drop everything that waits in the pool of stack \"" + orders.stack + "\"?"));
  return ended(drain_pools(orders, services), services);
}

void add_orders(CLI::App& sub, PoolOrders& orders) {
  sub.add_option("stack", orders.stack, "of this stack alone");
  sub.add_option("--jobs", orders.threads, "how many at once")->check(CLI::Range(1, 64))->capture_default_str();
}

}  // namespace

void add_pool(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("pool", "databases and Frappe sites made ahead of time, for creates that do not wait for them");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl pool fill");
  add_command<StatusArgs>(*group, "status", "shows how many are ready", "tenantctl pool status", chosen, status);
  auto [fill_sub, fill_args] = add_command<PoolOrders>(*group, "fill", "makes what is missing, and drops what is of older files",
                                                       "tenantctl pool fill demo --jobs 8", chosen, fill);
  add_orders(*fill_sub, *fill_args);
  fill_sub->add_flag("--when-low", fill_args->only_when_low, "only pools that have sunk to their low_water");
  auto [drain_sub, drain_args] = add_command<PoolOrders>(*group, "drain", "drops all that nobody has taken, after asking",
                                                         "tenantctl pool drain --yes", chosen, drain);
  add_orders(*drain_sub, *drain_args);
}

}  // namespace tenantctl
