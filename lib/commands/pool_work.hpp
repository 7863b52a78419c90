// Fills the pools of databases and Frappe sites that are made ahead of time, and drops what is in them and no longer wanted.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

struct PoolOrders {
  std::string stack = {};                             // empty: of every stack that keeps a pool
  std::size_t threads = 4;                            // each has services of its own
  bool only_when_low = false;                         // fill none that has more than its low_water
  bool drop_ready = true;                             // also what is ready and not wanted here: another machine may want it
  std::function<bool()> stop = [] { return false; };  // asked before each: begin no more
};

struct PoolDone {
  std::size_t filled = 0;
  std::size_t dropped = 0;
  std::vector<Error> errors = {};  // of those that came to nothing, and were undone
};

/// What a pool is to be clones of today: entries of another template are not handed out.
struct PoolGoal {
  const StackSettings* stack = nullptr;
  std::string template_name;
  std::vector<std::string> servers;  // that new tenants go to
};
/// Whether a create of today would take it.
bool is_of(const PoolEntry& entry, const PoolGoal& goal);
/// Of the stack of that name, or of all that keep a pool. Errors: stack_not_found; state_conflict where that one keeps none;
/// config_invalid.
Result<std::vector<PoolGoal>> pool_goals(const std::string& stack, Services& services);

/// Drops what a killed process left half made, what is of an old template, draining or more than wanted, and makes what is missing; ends
/// for each stack at the first that can't be made. Errors: locked, where somebody fills the one that is wanted now.
Result<PoolDone> fill_pools(const PoolOrders& orders, Services& services);
/// Drops every entry that nobody has claimed.
Result<PoolDone> drain_pools(const PoolOrders& orders, Services& services);

}  // namespace tenantctl
