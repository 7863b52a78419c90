// What a move has left of a tenant on the server that it came from. Values only.
#pragma once
#include <string>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

struct OldCopy {
  TenantId tenant;
  std::string server;
  std::string database;  // what the tenant's is called there
  Instant since{};
};

}  // namespace tenantctl
