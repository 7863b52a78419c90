#include "adapters/postgres/control_migrations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/postgres/lock_keys.hpp"
#include "core/embedded.hpp"
#include "core/sha256.hpp"

namespace tenantctl::postgres {
namespace {

constexpr std::string_view k_folder = "templates/sql/control/";

constexpr const char* k_bootstrap = R"sql(
  create table if not exists schema_migrations (
    version    integer primary key,
    name       text not null,
    checksum   text not null,
    applied_at timestamptz not null default clock_timestamp()
  ))sql";

Error newer(std::string message) {
  return make_error(ErrorCode::control_newer, std::move(message))
      .with_hint("run the tenantctl that migrated it, or a newer one: see \"tenantctl --version\"");
}

Result<void> apply(Connection& connection, const ControlMigration& migration) {
  TRY_ASSIGN(auto transaction, Transaction::begin(connection));
  TRY(connection.script(std::string(migration.text)));
  TRY(connection.query("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)",
                       {std::to_string(migration.version), migration.name, migration.checksum}));
  return transaction.commit();
}

}  // namespace

std::vector<ControlMigration> embedded_migrations() {
  std::vector<ControlMigration> migrations;
  for (const auto& file : embedded_files()) {
    if (!file.name.starts_with(k_folder)) continue;
    const auto name = file.name.substr(k_folder.size());
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    migrations.push_back({.version = version, .name = std::string(name), .checksum = sha256_hex(file.text), .text = file.text});
  }
  std::ranges::sort(migrations, {}, &ControlMigration::version);
  return migrations;
}

std::vector<AppliedControlMigration> read_applied(const Rows& rows) {
  std::vector<AppliedControlMigration> applied;
  for (int row = 0; row < rows.count(); ++row) {
    applied.push_back({.version = static_cast<int>(rows.integer(row, 0)), .name = rows.text(row, 1), .checksum = rows.text(row, 2)});
  }
  return applied;
}

Result<std::vector<ControlMigration>> pending_migrations(const std::vector<AppliedControlMigration>& applied) {
  auto pending = embedded_migrations();
  for (const auto& done : applied) {
    const auto known = std::ranges::find(pending, done.version, &ControlMigration::version);
    if (known == pending.end())
      return fail(newer(fmt::format("control database holds migration \"{}\", which this tenantctl does not know", done.name)));
    if (known->checksum != done.checksum)
      return fail(newer(fmt::format("migration \"{}\" was applied to the control database with another content", done.name)));
    pending.erase(known);
  }
  return pending;
}

Result<void> ControlMigrations::create_database() {
  TRY_ASSIGN(const auto maintenance, Connection::open(session_.url(), Peer::control, "postgres"));
  const auto name = maintenance->identifier(session_.database());
  const auto created = maintenance->script(fmt::format("create database {} template template0 encoding 'UTF8'", name));
  if (!created) {
    const auto& state = maintenance->failure().sqlstate;
    if (state != "42P04" && state != "23505")
      return fail(Error(created.error()).with_context(fmt::format("create control database \"{}\"", session_.database())));
    return {};  // another init was faster
  }
  // A new database lets everyone connect: the tenants' logins must not even see the control database's tables.
  TRY(maintenance->script(fmt::format("revoke all on database {} from public", name)));
  return {};
}

Result<MigrationReport> ControlMigrations::migrate() {
  auto connected = session_.connected();
  if (!connected) {
    if (connected.error().code != ErrorCode::control_not_initialised) return fail(std::move(connected).error());
    TRY(create_database());
    connected = session_.connected();
  }
  if (!connected) return fail(std::move(connected).error());
  auto& connection = **connected;
  session_.forget_schema();
  const auto key = std::to_string(lock_key("tenantctl control schema"));
  TRY(connection.query("select pg_advisory_lock($1)", {key}));
  auto report = migrate_locked(connection);
  if (connection.alive()) (void)connection.query("select pg_advisory_unlock($1)", {key});
  return report;
}

Result<MigrationReport> ControlMigrations::migrate_locked(Connection& connection) {
  TRY(connection.script(k_bootstrap));
  TRY_ASSIGN(const auto rows, connection.query("select version, name, checksum from schema_migrations order by version"));
  const auto applied = read_applied(rows);
  TRY_ASSIGN(const auto pending, pending_migrations(applied));
  MigrationReport report;
  report.version_before = applied.empty() ? 0 : applied.back().version;
  report.version_after = report.version_before;
  for (const auto& migration : pending) {
    if (auto done = apply(connection, migration); !done)
      return fail(std::move(done).error().with_context(fmt::format("migration \"{}\"", migration.name)));
    report.version_after = std::max(report.version_after, migration.version);
    report.applied.push_back(migration.name);
  }
  return report;
}

}  // namespace tenantctl::postgres
