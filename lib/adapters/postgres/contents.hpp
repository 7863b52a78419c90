// What is in a database, for a comparison with a copy of it, and what of it belongs to the tenant's login. For sessions in a
// transaction of their own, whose search_path is pg_catalog.
#pragma once
#include <string>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "core/backup.hpp"

namespace tenantctl::postgres {

/// Of all schemas but PostgreSQL's own, or, where given, of one. Counts every row. Errors: as Connection::query.
Result<Contents> contents_of(Connection& connection, const std::string& schema);

/// Errors: as Connection::query.
Result<std::vector<LoginsObject>> objects_of(Connection& connection, const RoleName& login);

/// Those of the wanted objects that are there and the owner's, as "TYPE IDENTITY" for ALTER, in the server's own writing.
Result<std::vector<std::string>> alterable(Connection& connection, const RoleName& owner, const std::vector<LoginsObject>& wanted);

}  // namespace tenantctl::postgres
