// Whether a tenant may log in: PostgresServer's functions about it.
#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/ended_sessions.hpp"
#include "adapters/postgres/ownership.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

using namespace std::chrono_literals;

// A session that was let in just before the login was closed shows up only once it has started: within this time.
constexpr auto k_start_of_a_session = 25ms;

constexpr const char* k_observe_login = R"sql(
  select rolcanlogin, coalesce(shobj_description(oid, 'pg_authid'), '') from pg_roles where rolname = $1)sql";

// What somebody has set by hand, in another form than ours, is no number.
constexpr const char* k_limits = R"sql(
  select rolconnlimit, coalesce((select case when value ~ '^[0-9]{1,9}$' then value else '-1' end
                                   from unnest(rolconfig) setting, substring(setting from '^statement_timeout=(.*)$') value
                                  where value is not null), '0')
    from pg_roles where rolname = $1)sql";

Error foreign_login(const Observed& observed) {
  return make_error(ErrorCode::foreign_object, observed.detail)
      .with_hint("create the tenant again: its code, and so its names, will be new");
}

Result<void> end_sessions_of(Connection& connection, const RoleName& login) {
  TRY_ASSIGN(const int left, postgres::end_sessions(connection, postgres::k_end_sessions_of_role, {login.str()},
                                                    {.pause = k_start_of_a_session, .quiet_looks = 2}));
  if (left == 0) return {};
  return fail(make_error(ErrorCode::timed_out, fmt::format("{} sessions of \"{}\" do not end", left, login.str()))
                  .with_hint(fmt::format("run \"select pid, state, query from pg_stat_activity where usename = '{}'\" to see what they do",
                                         login.str())));
}

/// Errors: foreign_object; sql_failed where there is no such role.
Result<void> check_is_ours(const Observed& observed, const RoleName& login) {
  if (observed.presence == Presence::foreign) return fail(foreign_login(observed));
  if (!observed.detail.empty()) return fail(ErrorCode::sql_failed, fmt::format("there is no role \"{}\"", login.str()));
  return {};
}

}  // namespace

Result<Observed> PostgresServer::observe_login(const TenantDatabase& names) {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(k_observe_login, {names.login.str()}));
  if (rows.empty()) return Observed{.presence = Presence::absent, .detail = "there is no such role"};
  if (const auto marker = rows.text(0, 1); marker != postgres::marker_of(names.tenant)) {
    return Observed{.presence = Presence::foreign,
                    .detail = fmt::format("role \"{}\" exists and {}", names.login.str(), postgres::describe_marker(marker))};
  }
  return Observed{.presence = rows.flag(0, 0) ? Presence::complete : Presence::absent};
}

Result<void> PostgresServer::alter_login(const TenantDatabase& names, const Secret& password, std::string_view how) {
  TRY_ASSIGN(const auto seen, observe_login(names));
  if (seen.presence == Presence::foreign) return fail(foreign_login(seen));
  TRY_ASSIGN(auto* connection, admin());
  // What travels, and what a server's log may keep, is the verifier: the password can't be had from it.
  TRY_ASSIGN(const auto verifier, connection->scram_verifier(names.login.str(), password));
  TRY(connection->script(
      fmt::format("alter role {} {}password {}", connection->identifier(names.login.str()), how, connection->literal(verifier))));
  return {};
}

Result<void> PostgresServer::disable_login(const TenantDatabase& names) { return close_login(names, "nologin password null"); }

Result<void> PostgresServer::suspend_login(const TenantDatabase& names) { return close_login(names, "nologin"); }

Result<void> PostgresServer::close_login(const TenantDatabase& names, std::string_view how) {
  TRY_ASSIGN(const auto seen, observe_login(names));
  if (seen.presence == Presence::foreign) return fail(foreign_login(seen));
  if (!seen.detail.empty()) return {};
  TRY_ASSIGN(auto* connection, admin());
  // First no new sessions, then an end to the old ones: NOLOGIN leaves those alone.
  TRY(connection->script(fmt::format("alter role {} {}", connection->identifier(names.login.str()), how)));
  return end_sessions_of(*connection, names.login);
}

Result<void> PostgresServer::activate_login(const TenantDatabase& names) {
  TRY_ASSIGN(const auto seen, observe_login(names));
  if (seen.presence == Presence::foreign) return fail(foreign_login(seen));
  TRY_ASSIGN(auto* connection, admin());
  TRY(connection->script(fmt::format("alter role {} login", connection->identifier(names.login.str()))));
  return {};
}

Result<RoleLimits> PostgresServer::limits(const TenantDatabase& names) {
  TRY_ASSIGN(const auto seen, observe_login(names));
  TRY(check_is_ours(seen, names.login));
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(k_limits, {names.login.str()}));
  if (rows.empty()) return fail(ErrorCode::sql_failed, fmt::format("role \"{}\" went away", names.login.str()));
  return RoleLimits{.connections = static_cast<int>(rows.integer(0, 0)), .statement_timeout_ms = rows.integer(0, 1)};
}

Result<void> PostgresServer::set_limits(const TenantDatabase& names, const RoleLimits& limits) {
  TRY_ASSIGN(const auto seen, observe_login(names));
  TRY(check_is_ours(seen, names.login));
  TRY_ASSIGN(auto* connection, admin());
  const auto login = connection->identifier(names.login.str());
  const auto timeout = limits.statement_timeout_ms > 0 ? fmt::format("set statement_timeout = {}", limits.statement_timeout_ms)
                                                       : std::string("reset statement_timeout");
  TRY(connection->script(fmt::format("alter role {0} connection limit {1}; alter role {0} {2};", login, limits.connections, timeout)));
  return {};
}

}  // namespace tenantctl
