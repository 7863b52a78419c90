// The table in which a tenant's database, schema or template says which migrations it has, and the running of a file together with its
// line there. The tenant's login may read the table and not write it.
#pragma once
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "core/migrations.hpp"
#include "core/names.hpp"

namespace tenantctl::postgres {

/// "tenantctl.migrations", or, of a tenant that shares its database, "SCHEMA.tenantctl_migrations"; quoted.
std::string migrations_table(Connection& connection, const std::optional<SchemaName>& schema);

/// Statements: what the owner makes is otherwise the login's to write. `table` is quoted.
std::string read_only(Connection& connection, const std::string& table, const RoleName& login);

/// As whom and with which settings files are run, and where they are noted.
struct MigrationPlace {
  std::string table;
  std::string preparation;  // statements: settings, the role, the search_path
};

/// As its role. Makes the table where it is missing; `login`, where given, may then read it.
/// Errors: foreign_object where something else has its name, or it is somebody else's; sql_failed.
Result<void> ensure_migrations_table(Connection& connection, const MigrationPlace& place, const std::optional<RoleName>& login = {});

/// By number.
Result<std::vector<AppliedMigration>> applied_migrations(Connection& connection, const MigrationPlace& place);

/// The file and its note, in one transaction of its own, or, where the file forbids that, one after the other. Had already: success.
/// Errors: sql_failed, naming the file and the line; timed_out (a lock, a statement's limit); server_unreachable.
Result<void> run_migration(Connection& connection, const MigrationPlace& place, const Migration& migration);

/// The same within the transaction of this id, which stays open. Errors: also sql_failed where the file is none for transactions.
Result<void> run_migration_within(Connection& connection, const MigrationPlace& place, const Migration& migration,
                                  const std::string& transaction);

}  // namespace tenantctl::postgres
