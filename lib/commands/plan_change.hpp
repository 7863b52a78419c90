// Gives tenants another plan, or today's terms of the one that they have, each by an operation of its own.
#pragma once
#include <functional>
#include <string>

#include "commands/services.hpp"
#include "views/plans.hpp"

namespace tenantctl {

struct PlanOrders {
  std::string reason = {};
  std::string lock_wait = {};
  bool force = false;                               // also where the tenant uses more than the plan allows
  bool dry_run = false;                             // only look
  bool ends_trial = false;                          // that is over, and is paid for from now on
  std::function<bool(const Tenant&)> only_if = {};  // asked once the tenant is held; where it says no, nothing is done
};

/// Nothing is done where the tenant has these terms, and its login their limits. Errors: state_conflict (its state), locked; limit_reached
/// (it uses more than the plan allows); those of its server.
Result<PlanChangeView> change_plan(const std::string& tenant, const Plan& to, const PlanOrders& orders, Services& services);

}  // namespace tenantctl
