// Who may do what in a tenant's database: PostgresServer's functions about it.
#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/ownership.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

// $1 database, $2 owner role, $3 login role, $4 the role that owns templates' objects. A NULL datacl stands for the
// default, which lets PUBLIC connect. pg_shdepend is shared: it tells of objects inside without a connection there.
constexpr const char* k_observe_access = R"sql(
  select d.datallowconn,
         coalesce((select bool_and(a.grantee in (d.datdba, l.oid)) from aclexplode(d.datacl) a), false),
         exists (select from aclexplode(d.datacl) a where a.grantee = l.oid and a.privilege_type = 'CONNECT'),
         coalesce((select bool_or(a.privilege_type = 'CREATE' or a.is_grantable) from aclexplode(d.datacl) a where a.grantee = l.oid), false),
         exists (select from pg_shdepend s join pg_roles r on r.oid = s.refobjid
                  where s.dbid = d.oid and s.refclassid = 'pg_authid'::regclass and s.deptype = 'o' and r.rolname = $4),
         exists (select from pg_shdepend s
                  where s.dbid = d.oid and s.refclassid = 'pg_authid'::regclass and s.deptype = 'a' and s.refobjid = l.oid)
    from pg_database d left join pg_roles l on l.rolname = $3
   where d.datname = $1 and pg_get_userbyid(d.datdba) = $2)sql";

// $1 the role that owns templates' objects; a server that only got archives may not have it.
constexpr const char* k_schemas =
    "select nspname, to_regrole($1::text) is not null from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'";

constexpr std::string_view k_own_schema = "tenantctl";

/// Inside the database, in one transaction: everything to the owner, nothing to PUBLIC, to the login what an application
/// needs. `tenantctl` is ours: the login reads it and no more.
std::string inner_statements(Connection& connection, const TenantDatabase& names, const postgres::Rows& schemas) {
  const auto owner = connection.identifier(names.owner.str());
  const auto login = connection.identifier(names.login.str());
  std::string statements;
  if (!schemas.empty() && schemas.flag(0, 1))
    statements = fmt::format("reassign owned by {} to {};", connection.identifier(postgres::k_template_owner), owner);
  for (int row = 0; row < schemas.count(); ++row) {
    const auto name = schemas.text(row, 0);
    const auto schema = connection.identifier(name);
    statements += fmt::format("revoke all on schema {0} from public; grant usage on schema {0} to {1};", schema, login);
    if (name == k_own_schema) {
      statements +=
          fmt::format("revoke all on all tables in schema {0} from {1}; grant select on all tables in schema {0} to {1};", schema, login);
      continue;
    }
    statements += fmt::format(
        "grant select, insert, update, delete on all tables in schema {0} to {1};"
        "grant usage, select, update on all sequences in schema {0} to {1};"
        "grant execute on all routines in schema {0} to {1};",
        schema, login);
    if (name == "public") statements += fmt::format("grant create on schema public to {};", login);
  }
  statements += fmt::format(
      "alter default privileges for role {0} grant select, insert, update, delete on tables to {1};"
      "alter default privileges for role {0} grant usage, select, update on sequences to {1};"
      "alter default privileges for role {0} grant execute on routines to {1};"
      "alter default privileges for role {0} grant usage on schemas to {1};",
      owner, login);
  return statements;
}

/// One row of one flag: true where the inner grants took hold.
std::string inner_check(Connection& connection, const TenantDatabase& names) {
  return fmt::format(R"sql(
    select has_table_privilege({login}, 'tenantctl.settings', 'select')
       and not has_table_privilege({login}, 'tenantctl.settings', 'insert, update, delete, truncate, references, trigger')
       and not has_schema_privilege({login}, 'tenantctl', 'create')
       and (select bool_and(relowner = {owner}::regrole) from pg_class where relnamespace = 'tenantctl'::regnamespace)
       and not exists (select from pg_namespace
                        where nspname !~ '^pg_' and nspname <> 'information_schema' and has_schema_privilege('public', oid, 'usage, create')))sql",
                     fmt::arg("login", connection.literal(names.login.str())), fmt::arg("owner", connection.literal(names.owner.str())));
}

}  // namespace

Error PostgresServer::not_granted(const TenantDatabase& names, std::string why, const std::vector<std::string>& warnings) const {
  if (!warnings.empty()) why += fmt::format(" (the server warned: {})", warnings.front());
  return make_error(ErrorCode::sql_failed,
                    fmt::format("rights on {} \"{}\" did not take hold: {}", names.schema ? "schema" : "database", names.place(), why))
      .with_hint("run \"psql -c '\\\\du'\" on the server to see whether the provisioner has CREATEROLE and CREATEDB");
}

Result<Observed> PostgresServer::observe_access(const TenantDatabase& names) {
  if (names.schema) return observe_schema_access(names);
  TRY_ASSIGN(const auto database, observe_database(names));
  if (database.presence != Presence::complete) return database;
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(k_observe_access, {names.database.str(), names.owner.str(), names.login.str(),
                                                                   std::string(postgres::k_template_owner)}));
  if (rows.empty()) return Observed{.presence = Presence::absent};
  const auto partly = [](std::string detail) { return Observed{.presence = Presence::partial, .detail = std::move(detail)}; };
  if (!rows.flag(0, 1)) return partly("others than the owner and the login hold rights on the database");
  if (!rows.flag(0, 2)) return partly("the login may not connect");
  if (rows.flag(0, 3)) return partly("the login holds more than CONNECT and TEMPORARY");
  if (!rows.flag(0, 0)) return partly("the database is closed to connections");
  if (rows.flag(0, 4)) return partly("objects inside still belong to the template's owner");
  if (!rows.flag(0, 5)) return partly("the login has no rights inside");
  return Observed{.presence = Presence::complete};
}

Result<void> PostgresServer::grant_access(const TenantDatabase& names) {
  if (names.schema) return grant_schema_access(names);
  TRY_ASSIGN(const auto database, observe_database(names));
  TRY(must_be_ours(database, names));
  TRY_ASSIGN(auto* outer, admin());
  const auto name = outer->identifier(names.database.str());
  outer->take_warnings();
  // The database opens last: nobody but the login may come in then, and the login can't log in yet.
  TRY(
      outer->script(fmt::format("revoke all on database {0} from public; grant connect, temporary on database {0} to {1};"
                                "alter database {0} allow_connections true;",
                                name, outer->identifier(names.login.str()))));
  TRY_ASSIGN(auto* inner, inside(names.database));
  TRY_ASSIGN(const auto schemas, inner->query(k_schemas, {std::string(postgres::k_template_owner)}));
  inner->take_warnings();
  TRY_ASSIGN(const auto verdict, inner->script(inner_statements(*inner, names, schemas) + inner_check(*inner, names)));
  if (verdict.empty() || !verdict.flag(0, 0)) return fail(not_granted(names, "inside the database", inner->take_warnings()));
  TRY_ASSIGN(const auto observed, observe_access(names));
  if (observed.presence != Presence::complete) return fail(not_granted(names, observed.detail, outer->take_warnings()));
  return {};
}

}  // namespace tenantctl
