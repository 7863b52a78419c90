// Brings the tenants of stacks up to their migrations: the template first, then canaries one after the other, then the others side by
// side, and the pool last. What is known to be up to date costs no connection.
#pragma once
#include <string>
#include <vector>

#include "commands/migrate_tenant.hpp"

namespace tenantctl {

struct MigrateOrders {
  std::string stack = {};                 // empty: every stack that has migrations
  std::string server = {};                // empty: any
  std::vector<std::string> tenants = {};  // as an operator names them; empty: all
  std::size_t canaries = 1;
  std::size_t jobs = 4;
  std::size_t max_failures = 1;
  MigrationLimits limits = {};
  std::string lock_wait = {};
  bool dry_run = false;
};

/// With their files read, whether or not they have any; stacks of kind frappe are left out, unless named.
/// Errors: stack_not_found, config_invalid; state_conflict where the one that was named has none, or is of kind frappe.
Result<std::vector<MigrationGoal>> migration_goals(const std::string& stack, Services& services);

/// Errors, before anything is touched: as migration_goals; tenant_not_found; state_conflict where a file was changed that tenants have.
Result<MigrationRun> migrate(const MigrateOrders& orders, Services& services);

}  // namespace tenantctl
