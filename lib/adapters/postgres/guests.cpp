#include "adapters/postgres/guests.hpp"

#include <fmt/format.h>

#include "adapters/postgres/conninfo.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/ended_sessions.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/system/system_entropy.hpp"
#include "ports/new_password.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

using namespace std::chrono_literals;

// $1 role. At most one row: whose it is, whether anything in the database $2 is its own or was granted to it, and which role it is.
constexpr const char* k_look_at_guest = R"sql(
  select coalesce(shobj_description(r.oid, 'pg_authid'), ''),
         exists (select from pg_shdepend s join pg_database d on d.oid = s.dbid
                  where d.datname = $2 and s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid),
         r.oid
    from pg_roles r where r.rolname = $1)sql";

Result<void> end_guests_sessions(Connection& connection, const RoleName& guest) {
  TRY_ASSIGN(const int left, postgres::end_sessions(connection, postgres::k_end_sessions_of_role, {guest.str()}, {.pause = 2ms}));
  if (left == 0) return {};
  return fail(make_error(ErrorCode::timed_out, fmt::format("sessions of \"{}\" do not end", guest.str())).may_retry());
}

}  // namespace

namespace postgres {

Result<Guest> invite_guest(Connection& connection, const TenantDatabase& names, GuestRights rights) {
  SystemEntropy entropy;
  TRY_ASSIGN(auto name, guest_of(names));
  Guest guest{.name = std::move(name), .password = new_password(entropy), .oid = {}};
  TRY_ASSIGN(const auto verifier, connection.scram_verifier(guest.name.str(), guest.password));
  const auto role = connection.identifier(guest.name.str());
  // Of a database that tenants share, the login may enter it and the owner role may not.
  const bool with_login = names.schema || rights == GuestRights::of_tenant;
  const auto member_of =
      connection.identifier(names.owner.str()) + (with_login ? ", " + connection.identifier(names.login.str()) : std::string());
  TRY(connection.script(fmt::format("create role {0} login password {1} in role {2}; comment on role {0} is {3};{4}", role,
                                    connection.literal(verifier), member_of, connection.literal(marker_of(names.tenant)),
                                    membership(connection, {guest.name.str()}))));
  TRY_ASSIGN(const auto made, connection.query("select oid from pg_roles where rolname = $1", {guest.name.str()}));
  if (!made.empty()) guest.oid = made.text(0, 0);
  return guest;
}

}  // namespace postgres

Result<void> PostgresServer::drop_guest(const TenantDatabase& names) {
  const auto role = guest_of(names);
  if (!role) return {};  // with so long a name there never was one
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(k_look_at_guest, {role->str(), names.database.str()}));
  if (rows.empty() || rows.text(0, 0) != postgres::marker_of(names.tenant)) return {};
  const auto guest = connection->identifier(role->str());
  if (const auto grant = postgres::membership(*connection, {role->str()}); !grant.empty()) TRY(connection->script(grant));
  TRY(end_guests_sessions(*connection, *role));
  TRY(connection->script(postgres::rights_lock() + fmt::format("drop owned by {0}; drop role {0}", guest)));
  return {};
}

/// Nothing inside is the guest's, whatever was done there. One that is not there has left nothing. With `only`, whoever has come in its
/// place is left alone.
Result<void> PostgresServer::see_guest_out(const TenantDatabase& names, const postgres::Guest* only) {
  TRY_ASSIGN(const auto role, guest_of(names));
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(k_look_at_guest, {role.str(), names.database.str()}));
  if (rows.empty() || rows.text(0, 0) != postgres::marker_of(names.tenant)) return {};
  if (only != nullptr && only->oid != rows.text(0, 2)) return {};
  if (rows.flag(0, 1)) {
    if (const auto grant = postgres::membership(*connection, {role.str()}); !grant.empty()) TRY(connection->script(grant));
    TRY(end_guests_sessions(*connection, role));
    TRY_ASSIGN(auto* there, inside(names.database));
    const auto guest = there->identifier(role.str());
    TRY(there->script(membership(*there, {role.str(), names.owner.str()}) +
                      fmt::format("reassign owned by {0} to {1}; drop owned by {0}", guest, there->identifier(names.owner.str()))));
  }
  return drop_guest(names);
}

Result<std::unique_ptr<Connection>> PostgresServer::enter_as(const postgres::Guest& guest, const std::string& database) {
  TRY_ASSIGN(const auto url, way_.open());
  TRY_ASSIGN(const auto target, postgres::with_login(url, database, guest.name.str(), guest.password));
  auto session = Connection::open(target, postgres::Peer::server, {}, label());
  if (!session) return fail(way_.explained(std::move(session).error()));
  return session;
}

Result<void> PostgresServer::by_guest(const TenantDatabase& names, const std::function<Result<void>(Connection&)>& work,
                                      postgres::GuestRights rights) {
  TRY(see_guest_out(names));  // of somebody who was killed, or who fell asleep and lost the tenant's lock
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto guest, postgres::invite_guest(*connection, names, rights));
  auto session = enter_as(guest, names.database.str());
  auto done = session ? work(**session) : Result<void>(fail(session.error()));
  // It goes whatever came of it, and where it can't go, what was done is done all the same: the next one sees it out. Where its session
  // was ended by somebody later, that one does, and has a guest of its own by now.
  const bool is_ours = !session || (*session)->alive();
  if (session) session->reset();
  if (is_ours) (void)see_guest_out(names, &guest);
  return done;
}

}  // namespace tenantctl
