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

}  // namespace tenantctl
