// Migrations of a tenant that is there: PostgresServer's function about them. A tenant may have made things in its database that a file
// meets without knowing it, so that files are run in a session that logged in as a guest: whatever is called there, nothing in it can
// become the provisioner.
#include <fmt/format.h>

#include <thread>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/guests.hpp"
#include "adapters/postgres/migrations_table.hpp"
#include "adapters/postgres/ownership.hpp"

namespace tenantctl {

using postgres::Connection;
using postgres::MigrationPlace;

namespace {

// $1 login. A function or operator of the tenant's own that has the name of somebody else's: PostgreSQL takes whichever fits the
// arguments best, so that a file which means the other one could run the tenant's, with the rights of the owner.
constexpr const char* k_namesakes = R"sql(
  select 'function ' || p.oid::regprocedure::text
    from pg_proc p join pg_roles l on l.oid = p.proowner and l.rolname = $1
   where exists (select from pg_proc o where o.proname = p.proname and o.proowner <> p.proowner)
  union all
  select 'operator ' || o.oid::regoperator::text from pg_operator o join pg_roles l on l.oid = o.oprowner and l.rolname = $1
   limit 1)sql";

MigrationPlace migration_place(Connection& session, const TenantDatabase& names, const MigrationLimits& limits) {
  auto preparation = fmt::format("reset all; set lock_timeout = {}; set statement_timeout = {}; set role {};", limits.lock.count(),
                                 limits.statement.count(), session.identifier(names.owner.str()));
  if (names.schema) preparation += fmt::format("set search_path = {};", session.identifier(names.schema->str()));
  return {.table = postgres::migrations_table(session, names.schema), .preparation = std::move(preparation)};
}

Result<void> refuse_namesakes(Connection& session, const TenantDatabase& names) {
  TRY_ASSIGN(const auto rows, session.query(k_namesakes, {names.login.str()}));
  if (rows.empty()) return {};
  return fail(
      make_error(ErrorCode::state_conflict,
                 fmt::format("the tenant has made {} under the name of another, which a migration could run by mistake", rows.text(0, 0)))
          .with_hint(fmt::format("drop or rename it in \"{}\", and migrate again", names.place())));
}

bool is_lock_timeout(const Error& error) { return error.code == ErrorCode::timed_out && error.message.find("55P03") != std::string::npos; }

/// Who waits for a lock makes all that come later wait behind it: between two tries those go first.
Result<void> run_patiently(Connection& session, const postgres::MigrationPlace& place, const Migration& file,
                           const MigrationLimits& limits) {
  for (int tries = 1;; ++tries) {
    auto done = postgres::run_migration(session, place, file);
    if (done || !is_lock_timeout(done.error()) || !file.in_transaction || tries >= limits.lock_tries) return done;
    std::this_thread::sleep_for(limits.lock);
  }
}

Error explain_limits(Error error) {
  if (is_lock_timeout(error)) error.hint = "repeat the command, or pass a longer --lock-timeout; meanwhile the tenant's own sessions wait";
  if (error.code == ErrorCode::timed_out && error.message.find("57014") != std::string::npos)
    error.hint = "pass a longer --statement-timeout";
  return error;
}

Result<MigrationEnd> migrate_in(Connection& session, const TenantDatabase& names, std::span<const Migration> files,
                                const MigrationLimits& limits) {
  const auto place = migration_place(session, names, limits);
  TRY(postgres::ensure_migrations_table(session, place, names.login));
  TRY_ASSIGN(const auto applied, postgres::applied_migrations(session, place));
  TRY_ASSIGN(const auto had, compare_applied(files, applied));
  MigrationEnd end{.had = had, .has = had};
  if (had == files.size()) return end;
  TRY(refuse_namesakes(session, names));
  for (const auto& file : files.subspan(had)) {
    if (auto done = run_patiently(session, place, file, limits); !done) {
      end.error = explain_limits(std::move(done).error());
      break;
    }
    ++end.has;
  }
  return end;
}

}  // namespace

Result<MigrationEnd> PostgresServer::migrate(const TenantDatabase& names, std::span<const Migration> files, const MigrationLimits& limits) {
  TRY(must_be_whole(names));
  MigrationEnd end;
  const auto work = [&](Connection& session) -> Result<void> {
    TRY_ASSIGN(end, migrate_in(session, names, files, limits));
    return {};
  };
  TRY(by_guest(names, work, postgres::GuestRights::of_owner));
  return end;
}

}  // namespace tenantctl
