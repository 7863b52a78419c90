// A change of a tenant's state as one operation: what `suspend`, `activate`, `cancel` and `delete` share.
#pragma once
#include <functional>
#include <string>

#include "commands/registry.hpp"
#include "core/tenant_states.hpp"

namespace tenantctl {

struct StateArgs {
  std::string tenant;
  std::string reason;
  std::string lock_wait;
  bool no_backup = false;
  bool is_confirmed = false;                        // nobody is to be asked
  std::function<bool(const Tenant&)> only_if = {};  // asked before and once the tenant is held; where it says no, nothing is done
};

/// Errors: state_conflict, locked, confirmation_required; those of the tenant's server or bench.
Result<Report> change_state(TenantVerb verb, const StateArgs& args, Services& services);

/// The tenant, --reason and --lock-wait.
void add_state_options(CLI::App& sub, StateArgs& args);

}  // namespace tenantctl
