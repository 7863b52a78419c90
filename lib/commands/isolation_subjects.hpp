// Whose isolation is looked at: the tenants that were asked for, with all that share a server with them, as its survey knows them.
#pragma once
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "isolation/inhabitant.hpp"

namespace tenantctl {

struct SubjectChoice {
  std::vector<std::string> tenants = {};
  bool all = false;
};

/// One database server.
struct Town {
  std::string server;
  std::vector<Inhabitant> inhabitants = {};
  std::vector<Tenant> tenants = {};         // the same, as the control database has them
  std::vector<std::size_t> subjects = {};   // which of them were asked for
};

/// Errors: tenant_not_found; state_conflict where a tenant that was named has no data to look at; and what the services say.
Result<std::vector<Town>> find_subjects(const SubjectChoice& choice, Services& services);

}  // namespace tenantctl
