// Archives of what is in a tenant's database: PostgresServer's functions about them. pg_dump and pg_restore do the work; what an
// archive holds is run by a guest role that may fill its one database and nothing else, whatever the archive says.
#include <fmt/format.h>

#include <future>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/conninfo.hpp"
#include "adapters/postgres/contents.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/guests.hpp"
#include "adapters/postgres/lock_keys.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/postgres/plain_tables.hpp"
#include "adapters/postgres/programs.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_archive = "database.dump";

/// From now on the session sees one moment's data, and runs nothing of the tenant's.
Result<void> begin_look(Connection& session) {
  TRY(session.script("begin transaction isolation level repeatable read read only"));
  return postgres::read_tables_only(session);
}

Error not_an_archive(const fs::path& file, const std::string& why) {
  return make_error(ErrorCode::backup_invalid, fmt::format("\"{}\" can't be restored: {}", file.native(), why))
      .with_hint("run \"tenantctl backups list\" to find another backup");
}

Result<void> check_version(const Connection& connection, const Archive& archive, const fs::path& file) {
  const int there = connection.server_version() / 10000;
  const int from = archive.server_version_number / 10000;
  if (from <= there) return {};
  return fail(not_an_archive(file, fmt::format("it comes from PostgreSQL {}, and this server is PostgreSQL {}", from, there)));
}

/// Empty, the owner's, and open to the guest alone.
Result<void> create_empty(Connection& connection, const TenantDatabase& names, const postgres::Guest& guest) {
  const auto name = connection.identifier(names.database.str());
  TRY(connection.script(fmt::format("create database {} template template0 encoding 'UTF8' owner {} allow_connections false", name,
                                    connection.identifier(names.owner.str()))));
  TRY(connection.script(fmt::format(
      "revoke all on database {0} from public; grant connect, temporary on database {0} to {1}; alter database {0} allow_connections true",
      name, connection.identifier(guest.name.str()))));
  return {};
}

}  // namespace

Result<PostgresServer::View> PostgresServer::view_of(const TenantDatabase& names) {
  TRY(must_be_whole(names));
  TRY_ASSIGN(auto session, enter(names.database.str()));
  TRY(begin_look(*session));
  TRY_ASSIGN(const auto snapshot, session->query("select pg_export_snapshot()"));
  TRY_ASSIGN(const auto url, way_.open());
  TRY_ASSIGN(auto conninfo, postgres::with_database(url, names.database.str()));
  return View{.session = std::move(session), .snapshot = snapshot.text(0, 0), .conninfo = std::move(conninfo)};
}

Result<Archive> PostgresServer::dump(const TenantDatabase& names, const fs::path& folder) {
  TRY_ASSIGN(const auto view, view_of(names));
  const auto& session = view.session;
  std::vector<std::string> arguments{"--format=custom", "--file=" + (folder / k_archive).string(), "--snapshot=" + view.snapshot};
  if (names.schema) arguments.push_back("--schema=" + names.schema->str());
  auto dumped = std::async(std::launch::async, [&] {
    return postgres::run_program("pg_dump", arguments,
                                 {.conninfo = view.conninfo, .server_version = session->server_version(), .label = label()});
  });
  Archive archive{.server_version = session->server_version_text(),
                  .server_version_number = session->server_version(),
                  .schema = names.schema ? names.schema->str() : ""};
  TRY_ASSIGN(archive.contents, postgres::contents_of(*session, archive.schema));
  TRY_ASSIGN(archive.of_login, postgres::objects_of(*session, names.login));
  if (auto done = dumped.get(); !done) return fail(std::move(done).error().with_context(fmt::format("dump \"{}\"", names.place())));
  return archive;
}

Result<void> PostgresServer::restore(const TenantDatabase& names, const fs::path& folder, const Archive& archive) {
  const auto file = folder / k_archive;
  TRY_ASSIGN(auto* connection, admin());
  TRY(check_version(*connection, archive, file));
  TRY_ASSIGN(const auto observed, observe_database(names));
  TRY(must_be_ours(observed, names));
  if (observed.presence != Presence::absent) TRY(drop_now(*connection, names.database));
  TRY(drop_guest(names));
  TRY_ASSIGN(const auto guest, postgres::invite_guest(*connection, names));
  TRY(create_empty(*connection, names, guest));
  TRY_ASSIGN(const auto url, way_.open());
  TRY_ASSIGN(auto target, postgres::with_login(url, names.database.str(), guest.name.str(), guest.password));
  const auto filled = postgres::run_program(
      "pg_restore",
      {"--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--role=" + names.owner.str(), file.string()},
      {.conninfo = std::move(target), .server_version = connection->server_version(), .label = label()});
  if (!filled && filled.error().code == ErrorCode::process_failed) return fail(not_an_archive(file, filled.error().message));
  if (!filled) return fail(filled.error());
  TRY(hand_over_to_login(names, archive));
  return see_guest_out(names);
}

/// What the archive's tenant had made with its login is the new tenant's login's again. The manifest only says what to look for.
Result<void> PostgresServer::hand_over_to_login(const TenantDatabase& names, const Archive& archive) {
  TRY_ASSIGN(auto* there, inside(names.database));
  TRY_ASSIGN(const auto found, postgres::alterable(*there, names.owner, archive.of_login));
  if (found.empty()) return {};
  const auto login = there->identifier(names.login.str());
  // An object's owner must be able to make one there.
  std::string statements =
      membership(*there, {names.owner.str(), names.login.str()}) + fmt::format("grant create on schema public to {};", login);
  if (!archive.schema.empty()) statements += fmt::format("grant create on schema {} to {};", there->identifier(archive.schema), login);
  for (const auto& object : found) statements += fmt::format("alter {} owner to {};", object, login);
  TRY(there->script(statements));
  return {};
}

Result<void> PostgresServer::hold(const DatabaseName& check) {
  TRY_ASSIGN(auto* connection, admin());
  TRY(connection->query("select pg_advisory_lock_shared($1::bigint)", {std::to_string(postgres::check_key(check.str()))}));
  return {};
}

Result<void> PostgresServer::swap(const TenantDatabase& live, const DatabaseName& in, const DatabaseName& aside) {
  auto incoming = live, outgoing = live;
  incoming.database = in;
  outgoing.database = aside;
  TRY_ASSIGN(const auto there, observe_database(outgoing));
  TRY(must_be_ours(there, outgoing));
  if (there.presence != Presence::absent) return {};
  TRY(must_be_whole(live));
  TRY(must_be_whole(incoming));
  TRY_ASSIGN(auto* connection, nobody_in({live.database, in}));
  const auto name = [connection](const DatabaseName& database) { return connection->identifier(database.str()); };
  TRY(connection->script(
      fmt::format("alter database {0} rename to {2}; alter database {1} rename to {0}", name(live.database), name(in), name(aside))));
  return {};
}

Result<void> PostgresServer::rename(const TenantDatabase& names, const DatabaseName& to) {
  auto renamed = names;
  renamed.database = to;
  TRY_ASSIGN(const auto there, observe_database(renamed));
  TRY(must_be_ours(there, renamed));
  if (there.presence != Presence::absent) {
    TRY_ASSIGN(const auto seen, observe_database(names));
    if (seen.presence == Presence::absent) return {};
    return fail(ErrorCode::foreign_object, fmt::format("database \"{}\" exists already", to.str()));
  }
  TRY(must_be_whole(names));
  TRY_ASSIGN(auto* connection, nobody_in({names.database}));
  TRY(connection->script(
      fmt::format("alter database {} rename to {}", connection->identifier(names.database.str()), connection->identifier(to.str()))));
  return {};
}

/// A database that anybody is in can't be renamed; autovacuum makes way by itself.
Result<Connection*> PostgresServer::nobody_in(const std::vector<DatabaseName>& databases) {
  leave();
  TRY_ASSIGN(auto* connection, admin());
  for (const auto& database : databases)
    TRY(connection->query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usesysid is not null",
                          {database.str()}));
  return connection;
}

Result<Contents> PostgresServer::contents(const TenantDatabase& names) {
  TRY_ASSIGN(const auto session, enter(names.database.str()));
  TRY(begin_look(*session));
  return postgres::contents_of(*session, names.schema ? names.schema->str() : "");
}

}  // namespace tenantctl
