// What is left of a tenant on a server that it was moved away from: its data under another name, its roles, and what restores kept.
#pragma once
#include <string>
#include <vector>

#include "pipeline/steps/removal_step.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

struct OldServer {
  std::string name;
  DatabaseServer* server = nullptr;
};

/// `names` are the tenant's own. Errors: state_conflict where a database of its own name is there: it may be the live one; as
/// DatabaseServer::drop_database and drop_roles.
Result<void> drop_old_copy(const TenantDatabase& names, DatabaseServer& server);

/// Of all these servers. What is referred to must outlive the step.
Removal old_copies_removal(const TenantDatabase& names, std::vector<OldServer> servers);

}  // namespace tenantctl
