// The two roles of a tenant: PostgresServer's functions about them.
#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/ownership.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

constexpr const char* k_observe_roles = R"sql(
  select rolname, coalesce(shobj_description(oid, 'pg_authid'), '') from pg_roles where rolname in ($1, $2))sql";

// Only where the roles hold something: an empty name stands for shared objects, such as a database.
constexpr const char* k_databases_with_holdings = R"sql(
  select distinct d.datname
    from pg_shdepend s join pg_database d on d.oid = s.dbid
   where s.refclassid = 'pg_authid'::regclass and d.datallowconn
     and s.refobjid in (select oid from pg_roles where rolname in ($1, $2)))sql";

struct PresentRoles {
  bool owner = false;
  bool login = false;
  std::string foreign = {};  // which of them is not ours, and whose it is

  std::vector<std::string> names(const TenantDatabase& tenant) const {
    std::vector<std::string> list;
    if (login) list.push_back(tenant.login.str());
    if (owner) list.push_back(tenant.owner.str());
    return list;
  }
};

Result<PresentRoles> look_at_roles(Connection& connection, const TenantDatabase& names) {
  TRY_ASSIGN(const auto rows, connection.query(k_observe_roles, {names.owner.str(), names.login.str()}));
  PresentRoles present;
  for (int row = 0; row < rows.count(); ++row) {
    const auto name = rows.text(row, 0);
    (name == names.owner.str() ? present.owner : present.login) = true;
    const auto marker = rows.text(row, 1);
    if (marker != postgres::marker_of(names.tenant))
      present.foreign = fmt::format("role \"{}\" exists and {}", name, postgres::describe_marker(marker));
  }
  return present;
}

Error foreign_role(const PresentRoles& present) {
  return make_error(ErrorCode::foreign_object, present.foreign)
      .with_hint("create the tenant again: its code, and so its names, will be new");
}

std::string comma_separated(Connection& connection, const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back(connection.identifier(name));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

}  // namespace

Result<Observed> PostgresServer::observe_roles(const TenantDatabase& names) {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto present, look_at_roles(*connection, names));
  if (!present.foreign.empty()) return Observed{.presence = Presence::foreign, .detail = present.foreign};
  if (present.owner && present.login) return Observed{.presence = Presence::complete};
  return Observed{.presence = present.owner || present.login ? Presence::partial : Presence::absent};
}

Result<void> PostgresServer::create_roles(const TenantDatabase& names, const RoleLimits& limits) {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto present, look_at_roles(*connection, names));
  if (!present.foreign.empty()) return fail(foreign_role(present));
  const auto owner = connection->identifier(names.owner.str());
  const auto login = connection->identifier(names.login.str());
  const auto marker = connection->literal(postgres::marker_of(names.tenant));
  std::string statements = fmt::format("{} role {} nologin;", present.owner ? "alter" : "create", owner);
  // An existing login keeps its LOGIN: bringing limits up to date must not lock a tenant out.
  statements += fmt::format("{} role {} {} connection limit {};", present.login ? "alter" : "create", login, present.login ? "" : "nologin",
                            limits.connections);
  statements += fmt::format("comment on role {0} is {2}; comment on role {1} is {2};", owner, login, marker);
  statements += membership(*connection, {names.owner.str(), names.login.str()});
  if (limits.statement_timeout_ms > 0)
    statements += fmt::format("alter role {} set statement_timeout = {};", login, limits.statement_timeout_ms);
  else if (present.login) statements += fmt::format("alter role {} reset statement_timeout;", login);
  const auto created = connection->script(statements);
  if (created) return {};
  const auto& state = connection->failure().sqlstate;
  if (state == "42710" || state == "23505") {
    return fail(ErrorCode::foreign_object,
                fmt::format("role \"{}\" or \"{}\" was created by somebody else meanwhile", names.owner.str(), names.login.str()));
  }
  return fail(Error(created.error()).with_context(fmt::format("create roles \"{}\" and \"{}\"", names.owner.str(), names.login.str())));
}

Result<void> PostgresServer::drop_roles(const TenantDatabase& names) {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto present, look_at_roles(*connection, names));
  if (!present.foreign.empty()) return fail(foreign_role(present));
  const auto roles = present.names(names);
  if (roles.empty()) return {};
  if (auto grant = membership(*connection, roles); !grant.empty()) TRY(connection->script(grant));
  TRY_ASSIGN(const auto holdings, connection->query(k_databases_with_holdings, {names.owner.str(), names.login.str()}));
  const auto list = comma_separated(*connection, roles);
  // Rights on shared objects, such as CONNECT on a database of many tenants, are released from any database.
  TRY(connection->script(postgres::rights_lock() + fmt::format("drop owned by {}", list)));
  for (int row = 0; row < holdings.count(); ++row) {
    TRY_ASSIGN(const auto there, enter(holdings.text(row, 0)));
    if (auto released = there->script(fmt::format("drop owned by {}", list)); !released) {
      return fail(
          std::move(released).error().with_context(fmt::format("release what {} holds in database \"{}\"", list, holdings.text(row, 0))));
    }
  }
  auto dropped = connection->script(fmt::format("drop role if exists {}", list));
  if (dropped) return {};
  const auto detail = connection->failure().detail;
  auto error = std::move(dropped).error();
  if (!detail.empty()) error.message += fmt::format(": {}", detail.substr(0, detail.find('\n')));
  return fail(std::move(error).with_context(fmt::format("drop roles {}", list)));
}

}  // namespace tenantctl
