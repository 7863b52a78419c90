// Closes holes by the statements that findings bring along. It decides nothing: whoever calls it has shown them.
#pragma once
#include <vector>

#include "core/isolation.hpp"
#include "core/result.hpp"
#include "ports/sql_doors.hpp"

namespace tenantctl {

struct Closing {
  std::string server;
  ClosingStatement statement;
};

/// Of the breaches, each statement once, in their order.
std::vector<Closing> closings_of(const std::vector<TenantIsolation>& tenants);

/// As the provisioner, in one transaction. Errors: server_unreachable; sql_failed, naming the statement.
Result<void> close_hole(const Closing& closing, SqlDoors& doors);

}  // namespace tenantctl
