// Databases that tenants share, each with a schema of its own. A missing one is made, closed to PUBLIC before it has its name;
// one of the operator's is used as it is. It drops none and takes no right from anybody.
#pragma once
#include "adapters/postgres/connection.hpp"
#include "core/names.hpp"

namespace tenantctl::postgres {

/// `connection`: to the maintenance database. Builders wait for each other: up to two minutes.
/// Errors: timed_out, foreign_object (somebody else's has the name that it is built under), permission_denied, sql_failed,
/// server_unreachable.
Result<void> ensure_shared_database(Connection& connection, const DatabaseName& database);

/// Removes what a builder of that database left half made. None there, or somebody building now, is success.
/// Errors: foreign_object, sql_failed, server_unreachable.
Result<void> discard_half_made(Connection& connection, const DatabaseName& database);

}  // namespace tenantctl::postgres
