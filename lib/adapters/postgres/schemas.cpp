// Tenants that share a database: PostgresServer's functions about their schemas.
#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/migrations_table.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/postgres/schema_builder.hpp"
#include "adapters/postgres/shared_database.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

// At most one row. $1 schema.
constexpr const char* k_observe_schema = R"sql(
  select pg_get_userbyid(nspowner), coalesce(shobj_description(nspowner, 'pg_authid'), ''), coalesce(obj_description(oid, 'pg_namespace'), '')
    from pg_namespace where nspname = $1)sql";

// $1 schema (which may not be there yet), $2 login: a schema besides its own in which the login could make something, mostly by
// way of PUBLIC. Tenants would meet there.
constexpr const char* k_open_schemas = R"sql(
  select nspname from pg_namespace
   where nspname <> $1 and nspname !~ '^pg_' and has_schema_privilege($2, oid, 'create') order by 1 limit 1)sql";

// One row. $1 schema, $2 owner role, $3 login role. A NULL nspacl stands for the default: the owner alone.
constexpr const char* k_observe_schema_access = R"sql(
  select has_database_privilege(l.oid, current_database(), 'connect'),
         not exists (select from aclexplode(n.nspacl) a where a.grantee not in (n.nspowner, l.oid)),
         has_schema_privilege(l.oid, n.oid, 'usage') and has_schema_privilege(l.oid, n.oid, 'create'),
         exists (select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
                  where d.datname = current_database() and s.setrole = l.oid and 'search_path=' || $1 = any (s.setconfig)),
         coalesce(has_table_privilege(l.oid, t.oid, 'select')
                  and not has_table_privilege(l.oid, t.oid, 'insert, update, delete, truncate, references, trigger'), false)
    from pg_namespace n
    join pg_roles l on l.rolname = $3
    left join pg_class t on t.relnamespace = n.oid and t.relname = 'tenantctl_settings'
   where n.nspname = $1 and pg_get_userbyid(n.nspowner) = $2)sql";

// $1 the tenant's marker. A role can't be dropped, nor a table, while its sessions are at it.
constexpr const char* k_end_sessions = R"sql(
  select pg_terminate_backend(a.pid) from pg_stat_activity a
   where a.datname = current_database() and a.pid <> pg_backend_pid() and shobj_description(a.usesysid, 'pg_authid') = $1)sql";

// One row for each right of PUBLIC; a NULL acl stands for the default. $1 database.
constexpr const char* k_public_on_database = R"sql(
  select a.privilege_type from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
   where d.datname = $1 and a.grantee = 0 order by 1)sql";

constexpr const char* k_public_makes_things_in = R"sql(
  select n.nspname from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
   where n.nspname !~ '^pg_' and a.grantee = 0 and a.privilege_type = 'CREATE' order by 1)sql";

// $1 table, by its whole name. What tenantctl notes in the schema is made by stacks with migrations only.
constexpr const char* k_is_there = "select to_regclass($1) is not null";

std::string grants(Connection& connection, const TenantDatabase& names) {
  const auto schema = connection.identifier(names.schema->str());
  const auto owner = connection.identifier(names.owner.str());
  const auto login = connection.identifier(names.login.str());
  return fmt::format(
      "revoke all on schema {0} from public; grant usage, create on schema {0} to {2};"
      "grant select, insert, update, delete on all tables in schema {0} to {2};"
      "grant usage, select, update on all sequences in schema {0} to {2};"
      "grant execute on all routines in schema {0} to {2};"
      "revoke all on {0}.tenantctl_settings from {2}; grant select on {0}.tenantctl_settings to {2};"
      "alter default privileges for role {1} in schema {0} grant select, insert, update, delete on tables to {2};"
      "alter default privileges for role {1} in schema {0} grant usage, select, update on sequences to {2};"
      "alter default privileges for role {1} in schema {0} grant execute on routines to {2};",
      schema, owner, login);
}

Error open_to_tenants(const TenantDatabase& names, const std::string& schema) {
  return make_error(ErrorCode::permission_denied,
                    fmt::format("tenants may make objects in schema \"{}\" of database \"{}\", where they would meet", schema,
                                names.database.str()))
      .with_hint(fmt::format("run \"psql -d {} -c 'revoke create on schema {} from public'\" as the schema's owner", names.database.str(),
                             schema));
}

}  // namespace

Result<Observed> PostgresServer::observe_schema(const TenantDatabase& names) {
  TRY_ASSIGN(auto* outer, admin());
  TRY_ASSIGN(const auto databases, outer->query("select from pg_database where datname = $1", {names.database.str()}));
  if (databases.empty()) return Observed{.presence = Presence::absent};
  TRY_ASSIGN(auto* connection, inside(names.database));
  TRY_ASSIGN(const auto rows, connection->query(k_observe_schema, {names.schema->str()}));
  if (rows.empty()) return Observed{.presence = Presence::absent};
  const auto owner = rows.text(0, 0);
  const auto marker = postgres::marker_of(names.tenant);
  if (owner != names.owner.str() || rows.text(0, 1) != marker) {
    return Observed{.presence = Presence::foreign,
                    .detail = fmt::format("schema \"{}\" exists but is owned by \"{}\"", names.place(), owner)};
  }
  if (rows.text(0, 2) != marker)
    return Observed{.presence = Presence::partial, .detail = "a file of its stack ended the transaction that it was made in"};
  return Observed{.presence = Presence::complete};
}

Result<void> PostgresServer::create_schema(const TenantDatabase& names, const TemplateSource& source) {
  TRY_ASSIGN(auto* outer, admin());
  TRY(postgres::ensure_shared_database(*outer, names.database));
  TRY_ASSIGN(const auto observed, observe_schema(names));
  TRY(must_be_ours(observed, names));
  if (observed.presence == Presence::complete) return {};
  TRY_ASSIGN(auto* connection, inside(names.database));
  TRY_ASSIGN(const auto open, connection->query(k_open_schemas, {names.schema->str(), names.login.str()}));
  if (!open.empty()) return fail(open_to_tenants(names, open.text(0, 0)));
  if (observed.presence == Presence::partial) TRY(drop_schema_now(*connection, names));
  auto built = postgres::SchemaBuilder(*connection, names, source).build();
  // Files leave settings behind. A session that was lost is kept, so that the next one ends what the server may still run for it.
  if (connection->alive()) leave();
  if (!built) return fail(std::move(built).error().with_context(fmt::format("create schema \"{}\"", names.place())));
  return {};
}

Result<void> PostgresServer::drop_schema_now(Connection& connection, const TenantDatabase& names) {
  const auto marker = postgres::marker_of(names.tenant);
  if (auto grant = membership(connection, {names.owner.str()}); !grant.empty()) TRY(connection.script(grant));
  TRY(connection.query(k_end_sessions, {marker}));
  auto dropped = connection.script(
      fmt::format("set local lock_timeout = '10s'; drop schema if exists {} cascade;", connection.identifier(names.schema->str())));
  if (!dropped) return fail(std::move(dropped).error().with_context(fmt::format("drop schema \"{}\"", names.place())));
  return {};
}

Result<void> PostgresServer::drop_schema(const TenantDatabase& names) {
  TRY_ASSIGN(const auto observed, observe_schema(names));
  if (observed.presence == Presence::absent) {
    // The create may have ended while it made the shared database.
    TRY_ASSIGN(auto* outer, admin());
    return postgres::discard_half_made(*outer, names.database);
  }
  TRY(must_be_ours(observed, names));
  TRY_ASSIGN(auto* connection, inside(names.database));
  return drop_schema_now(*connection, names);
}

Result<Observed> PostgresServer::observe_schema_access(const TenantDatabase& names) {
  TRY_ASSIGN(const auto schema, observe_schema(names));
  if (schema.presence != Presence::complete) return schema;
  TRY_ASSIGN(auto* connection, inside(names.database));
  TRY_ASSIGN(const auto open, connection->query(k_open_schemas, {names.schema->str(), names.login.str()}));
  const auto partly = [](std::string detail) { return Observed{.presence = Presence::partial, .detail = std::move(detail)}; };
  if (!open.empty()) return partly(fmt::format("the login may make objects in schema \"{}\"", open.text(0, 0)));
  TRY_ASSIGN(const auto rows, connection->query(k_observe_schema_access, {names.schema->str(), names.owner.str(), names.login.str()}));
  if (rows.empty()) return partly("the login is missing");
  if (!rows.flag(0, 0)) return partly("the login may not connect");
  if (!rows.flag(0, 1)) return partly("others than the owner and the login hold rights on the schema");
  if (!rows.flag(0, 2)) return partly("the login has no rights on the schema");
  if (!rows.flag(0, 3)) return partly("the schema is not the login's search_path");
  if (!rows.flag(0, 4)) return partly("the login may not read its settings, or may write them");
  return Observed{.presence = Presence::complete};
}

Result<void> PostgresServer::grant_schema_access(const TenantDatabase& names) {
  TRY_ASSIGN(const auto schema, observe_schema(names));
  TRY(must_be_ours(schema, names));
  TRY_ASSIGN(auto* inner, inside(names.database));
  const auto migrations = postgres::migrations_table(*inner, names.schema);
  TRY_ASSIGN(const auto there, inner->query(k_is_there, {migrations}));
  TRY(inner->script(grants(*inner, names) + (there.flag(0, 0) ? postgres::read_only(*inner, migrations, names.login) : std::string())));
  TRY_ASSIGN(auto* outer, admin());
  outer->take_warnings();
  // CONNECT is all that the login gets on the database: no temporary tables, no schemas.
  TRY(outer->script(postgres::rights_lock() +
                    fmt::format("grant connect on database {0} to {1}; alter role {1} in database {0} set search_path = {2};",
                                outer->identifier(names.database.str()), outer->identifier(names.login.str()),
                                outer->identifier(names.schema->str()))));
  TRY_ASSIGN(const auto observed, observe_schema_access(names));
  if (observed.presence != Presence::complete) return fail(not_granted(names, observed.detail, outer->take_warnings()));
  return {};
}

Result<std::vector<std::string>> PostgresServer::open_doors(const DatabaseName& shared) {
  TRY_ASSIGN(auto* outer, admin());
  std::vector<std::string> doors;
  TRY_ASSIGN(const auto databases, outer->query("select from pg_database where datname = $1", {shared.str()}));
  if (databases.empty()) return doors;
  TRY_ASSIGN(const auto rights, outer->query(k_public_on_database, {shared.str()}));
  for (int row = 0; row < rights.count(); ++row) doors.push_back(fmt::format("everybody has {} on it", rights.text(row, 0)));
  TRY_ASSIGN(auto* connection, inside(shared));
  TRY_ASSIGN(const auto schemas, connection->query(k_public_makes_things_in));
  for (int row = 0; row < schemas.count(); ++row)
    doors.push_back(fmt::format("everybody may make objects in its schema \"{}\"", schemas.text(row, 0)));
  return doors;
}

}  // namespace tenantctl
