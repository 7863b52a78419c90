// Reading what a tenant, or an archive of one, may have prepared for whoever reads it.
#pragma once
#include "adapters/postgres/connection.hpp"

namespace tenantctl::postgres {

/// Until the transaction's end, the session reads plain tables and runs nothing that somebody else has put there. A view may stand
/// in a table's place, and what its functions do would be done with our rights: so views are not read at all (by a setting that releases
/// before 15.8 lack), nor are rows that a policy's functions would have to judge.
Result<void> read_tables_only(Connection& connection);

}  // namespace tenantctl::postgres
