// What restores leave on a tenant's server, found by its names in an inventory. It touches nothing but that.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "ports/database_server.hpp"

namespace tenantctl {

struct RestoreLeftovers {
  std::vector<TenantDatabase> aside = {};  // what the tenant had before a restore
  std::vector<TenantDatabase> fresh = {};  // of a restore that is under way, or was cut off
  std::set<std::string> checks = {};       // the words of restores that were tried, and killed or under way; see scratch_of
  bool none() const { return aside.empty() && fresh.empty() && checks.empty(); }
};

/// Of the tenant whose names these are.
RestoreLeftovers leftovers_of_restores(const TenantDatabase& names, const std::vector<Thing>& things);
/// The same, looked for on the server. Errors: as DatabaseServer::inventory.
Result<RestoreLeftovers> restore_leftovers(const TenantDatabase& names, DatabaseServer& server);

/// Whether a database of that name may be made or put aside: the names have few digits, and an earlier operation may have the same.
/// Errors: foreign_object, to be tried again; as DatabaseServer::observe_database.
Result<void> check_is_free(const TenantDatabase& names, DatabaseServer& server);

/// For a tenant that goes altogether. Errors: as DatabaseServer::drop_database and drop_roles.
Result<void> drop_restore_leftovers(const TenantDatabase& names, DatabaseServer& server);

}  // namespace tenantctl
