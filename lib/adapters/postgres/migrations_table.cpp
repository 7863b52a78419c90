#include "adapters/postgres/migrations_table.hpp"

#include <fmt/format.h>

#include "adapters/postgres/template_files.hpp"

namespace tenantctl::postgres {
namespace {

// Nothing of a tenant's may take the place of what our own statements mean.
constexpr const char* k_own_path = "set search_path = pg_catalog;";

constexpr const char* k_create_notes = R"sql(
  create table {} (
    number     integer primary key,
    name       text not null,
    checksum   text not null,                    -- SHA-256 of the file as it was
    applied_at timestamptz not null default clock_timestamp()
  ))sql";

// $1 table. Whether it is a plain one, and of the role that works here.
constexpr const char* k_notes_are_ours =
    "select relkind = 'r' and pg_get_userbyid(relowner) = current_user from pg_class where oid = to_regclass($1)";

Result<void> prepare_own(Connection& connection, const MigrationPlace& place) {
  TRY(connection.script(place.preparation + k_own_path));
  return {};
}

Result<void> note_migration(Connection& connection, const MigrationPlace& place, const Migration& migration) {
  TRY(prepare_own(connection, place));
  const auto statement = fmt::format("insert into {} (number, name, checksum) values ($1, $2, $3)", place.table);
  TRY(connection.query(statement.c_str(), {std::to_string(migration.number), migration.name, migration.checksum}));
  return {};
}

/// Within a transaction: until its end nobody else comes this far.
Result<bool> has_it_already(Connection& connection, const MigrationPlace& place, const Migration& migration) {
  TRY(prepare_own(connection, place));
  TRY(connection.query(fmt::format("lock table {} in share row exclusive mode", place.table).c_str()));
  const auto statement = fmt::format("select 1 from {} where number = $1", place.table);
  TRY_ASSIGN(const auto rows, connection.query(statement.c_str(), {std::to_string(migration.number)}));
  return !rows.empty();
}

Result<void> run_migration_file(Connection& connection, const MigrationPlace& place, const Migration& migration,
                                const std::string& transaction) {
  return TemplateFiles(connection, place.preparation, transaction).run({.name = migration.name, .text = migration.text});
}

Result<void> run_without_transaction(Connection& connection, const MigrationPlace& place, const Migration& migration) {
  {
    TRY_ASSIGN(auto looking, Transaction::begin(connection));
    TRY_ASSIGN(const bool had, has_it_already(connection, place, migration));
    if (had) return {};
  }
  TRY(run_migration_file(connection, place, migration, {}));
  return note_migration(connection, place, migration);
}

}  // namespace

std::string migrations_table(Connection& connection, const std::optional<SchemaName>& schema) {
  return schema ? connection.identifier(schema->str()) + ".tenantctl_migrations" : "tenantctl.migrations";
}

std::string read_only(Connection& connection, const std::string& table, const RoleName& login) {
  return fmt::format("revoke all on {0} from {1}; grant select on {0} to {1};", table, connection.identifier(login.str()));
}

Result<void> ensure_migrations_table(Connection& connection, const MigrationPlace& place, const std::optional<RoleName>& login) {
  TRY(prepare_own(connection, place));
  TRY_ASSIGN(const auto found, connection.query(k_notes_are_ours, {place.table}));
  if (!found.empty() && !found.flag(0, 0)) {
    return fail(make_error(ErrorCode::foreign_object, fmt::format("{} is there and was not made by tenantctl", place.table))
                    .with_hint("rename it: tenantctl notes there which migrations a tenant has"));
  }
  if (!found.empty()) return {};
  auto statements = fmt::format(fmt::runtime(k_create_notes), place.table) + ";";
  if (login) statements += read_only(connection, place.table, *login);
  TRY(connection.script(statements));
  return {};
}

Result<std::vector<AppliedMigration>> applied_migrations(Connection& connection, const MigrationPlace& place) {
  TRY(prepare_own(connection, place));
  TRY_ASSIGN(const auto rows, connection.query(fmt::format("select number, name, checksum from {} order by number", place.table).c_str()));
  std::vector<AppliedMigration> applied;
  for (int row = 0; row < rows.count(); ++row)
    applied.push_back({.number = static_cast<int>(rows.integer(row, 0)), .name = rows.text(row, 1), .checksum = rows.text(row, 2)});
  return applied;
}

Result<void> run_migration(Connection& connection, const MigrationPlace& place, const Migration& migration) {
  if (!migration.in_transaction) return run_without_transaction(connection, place, migration);
  TRY_ASSIGN(auto transaction, Transaction::begin(connection));
  TRY_ASSIGN(const bool had, has_it_already(connection, place, migration));
  if (had) return {};
  TRY_ASSIGN(const auto id, connection.query("select pg_current_xact_id()"));
  TRY(run_migration_within(connection, place, migration, id.text(0, 0)));
  auto committed = transaction.commit();
  // Constraints that are deferred are checked only now.
  if (!committed) return fail(std::move(committed).error().with_context(fmt::format("file \"{}\"", migration.name)));
  return {};
}

Result<void> run_migration_within(Connection& connection, const MigrationPlace& place, const Migration& migration,
                                  const std::string& transaction) {
  if (!migration.in_transaction) {
    return fail(make_error(ErrorCode::sql_failed,
                           fmt::format("file \"{}\" is not to run in a transaction, and a tenant's schema is made in one", migration.name))
                    .with_hint("write it so that it can run in a transaction: without \"concurrently\""));
  }
  TRY(run_migration_file(connection, place, migration, transaction));
  return note_migration(connection, place, migration);
}

}  // namespace tenantctl::postgres
