// What a server holds of ours: PostgresServer's functions about it.
#include <fmt/format.h>

#include <set>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/held_locks.hpp"
#include "adapters/postgres/lock_keys.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/postgres/template_builder.hpp"
#include "core/backup.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

constexpr const char* k_databases = R"sql(
  select datname, pg_get_userbyid(datdba), coalesce(shobj_description(datdba, 'pg_authid'), ''), datconnlimit = -2
    from pg_database order by 1)sql";

constexpr const char* k_marked_roles = R"sql(
  select rolname, shobj_description(oid, 'pg_authid') from pg_roles
   where shobj_description(oid, 'pg_authid') like 'tenantctl tenant=%' order by 1)sql";

constexpr const char* k_whole_templates = R"sql(
  select datname from pg_database
   where datname ~ '^tctl_tpl_[a-z0-9_]+_[0-9a-f]{12}$' and shobj_description(oid, 'pg_database') like 'tenantctl template %'
   order by 1)sql";

// CREATE DATABASE and DROP DATABASE hold this lock from before they touch a folder until they commit.
constexpr const char* k_databases_in_flight = R"sql(
  select from pg_locks where relation = 'pg_database'::regclass and mode = 'RowExclusiveLock' and granted limit 1)sql";

Result<void> add_databases(Connection& connection, ServerInventory& inventory) {
  TRY_ASSIGN(const auto rows, connection.query(k_databases));
  for (int row = 0; row < rows.count(); ++row) {
    const auto tenant = postgres::tenant_in_marker(rows.text(row, 2));
    const bool cut_off = rows.flag(row, 3);
    if (!tenant && cut_off)
      inventory.remarks.push_back(fmt::format("a drop of database \"{}\", which is not ours, was cut off", rows.text(row, 0)));
    if (!tenant) continue;
    inventory.things.push_back({.kind = ThingKind::database,
                                .name = rows.text(row, 0),
                                .tenant = tenant,
                                .owner = rows.text(row, 1),
                                .detail = cut_off ? "a drop of it was cut off" : ""});
  }
  return {};
}

Result<void> add_roles(Connection& connection, ServerInventory& inventory) {
  TRY_ASSIGN(const auto rows, connection.query(k_marked_roles));
  for (int row = 0; row < rows.count(); ++row) {
    if (const auto tenant = postgres::tenant_in_marker(rows.text(row, 1)))
      inventory.things.push_back({.kind = ThingKind::role, .name = rows.text(row, 0), .tenant = tenant});
  }
  return {};
}

// Schemas stand in each database's own catalog; what roles own anywhere stands in one that all databases share.
constexpr const char* k_databases_with_schemas = R"sql(
  select distinct d.datname
    from pg_shdepend s join pg_database d on d.oid = s.dbid
   where s.classid = 'pg_namespace'::regclass and s.refclassid = 'pg_authid'::regclass and s.deptype = 'o'
     and shobj_description(s.refobjid, 'pg_authid') like 'tenantctl tenant=%'
     and coalesce(shobj_description(d.datdba, 'pg_authid'), '') not like 'tenantctl tenant=%'
   order by 1)sql";

constexpr const char* k_marked_schemas = R"sql(
  select nspname, pg_get_userbyid(nspowner), shobj_description(nspowner, 'pg_authid'), coalesce(obj_description(oid, 'pg_namespace'), '')
    from pg_namespace where shobj_description(nspowner, 'pg_authid') like 'tenantctl tenant=%' order by 1)sql";

Result<void> add_schemas(Connection& connection, const std::string& database, ServerInventory& inventory) {
  TRY_ASSIGN(const auto rows, connection.query(k_marked_schemas));
  for (int row = 0; row < rows.count(); ++row) {
    const auto tenant = postgres::tenant_in_marker(rows.text(row, 2));
    if (!tenant) continue;
    inventory.things.push_back({.kind = ThingKind::schema,
                                .name = database + "." + rows.text(row, 0),
                                .tenant = tenant,
                                .owner = rows.text(row, 1),
                                .detail = rows.text(row, 3) == rows.text(row, 2) ? "" : "it was not made as a whole"});
  }
  return {};
}

Result<void> add_templates(Connection& connection, ServerInventory& inventory) {
  TRY_ASSIGN(const auto unfinished, postgres::half_built_templates(connection));
  for (const auto& name : unfinished)
    inventory.things.push_back({.kind = ThingKind::half_template, .name = name, .detail = "its builder was killed"});
  TRY_ASSIGN(const auto whole, connection.query(k_whole_templates));
  for (int row = 0; row < whole.count(); ++row) inventory.templates.push_back(whole.text(row, 0));
  return {};
}

/// A crash of the server within CREATE DATABASE leaves a folder that no catalog names. The folders are read first: one whose
/// database is being made is either in flight, or committed before the catalog is read. One that was dropped meanwhile is
/// gone when it is looked at again.
Result<void> add_data_folders(Connection& connection, ServerInventory& inventory) {
  if (!connection.is_superuser()) {
    inventory.remarks.emplace_back("folders of the data directory were not compared: that takes a superuser");
    return {};
  }
  TRY_ASSIGN(const auto folders,
             connection.query("select coalesce(string_agg(name, ','), '') from pg_ls_dir('base') name where name ~ '^[0-9]+$'"));
  TRY_ASSIGN(const auto in_flight, connection.query(k_databases_in_flight));
  if (!in_flight.empty()) {
    inventory.remarks.emplace_back("folders of the data directory were not compared: a database is being made or dropped");
    return {};
  }
  TRY_ASSIGN(const auto unknown, connection.query(R"sql(
    select name from unnest(string_to_array($1, ',')) name where name::oid not in (select oid from pg_database) order by 1)sql",
                                                  {folders.text(0, 0)}));
  for (int row = 0; row < unknown.count(); ++row) {
    const auto path = "base/" + unknown.text(row, 0);
    TRY_ASSIGN(const auto still, connection.query("select (pg_stat_file($1, true)).isdir", {path}));
    if (still.flag(0, 0)) inventory.things.push_back({.kind = ThingKind::data_folder, .name = path, .detail = "no database has this oid"});
  }
  return {};
}

/// Whoever checks a backup holds a lock for as long as it lives; see Archiver::hold.
Result<void> mark_busy(Connection& connection, ServerInventory& inventory) {
  std::set<std::string> held;
  TRY_ASSIGN(const auto rows, connection.query(HELD_LOCKS));
  for (int row = 0; row < rows.count(); ++row) held.insert(rows.text(row, 0));
  for (auto& thing : inventory.things) {
    const auto word = word_of_check(thing.name);
    thing.busy = !word.empty() && held.contains(std::to_string(postgres::check_key(std::string(k_check_prefix) + word)));
  }
  return {};
}

}  // namespace

Result<ServerInventory> PostgresServer::inventory() {
  TRY_ASSIGN(auto* connection, admin());
  ServerInventory inventory;
  TRY(add_databases(*connection, inventory));
  TRY_ASSIGN(const auto shared, connection->query(k_databases_with_schemas));
  for (int row = 0; row < shared.count(); ++row) {
    const auto database = shared.text(row, 0);
    const auto there = enter(database);
    if (!there) {
      // Another provisioner's, or closed by its administrator.
      inventory.unseen.push_back(database);
      inventory.remarks.push_back(fmt::format("the schemas of database \"{}\" were not looked at: {}", database, there.error().message));
      continue;
    }
    TRY(add_schemas(**there, database, inventory));
  }
  TRY(add_roles(*connection, inventory));
  TRY(mark_busy(*connection, inventory));
  TRY(add_templates(*connection, inventory));
  TRY(add_data_folders(*connection, inventory));
  return inventory;
}

Result<DatabaseName> PostgresServer::template_name(const TemplateSource& source) const { return postgres::template_name(source); }

Result<void> PostgresServer::drop_half_template(const DatabaseName& name) {
  TRY_ASSIGN(auto* connection, admin());
  return postgres::drop_half_built(*connection, name.str());
}

}  // namespace tenantctl
