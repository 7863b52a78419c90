#include "adapters/postgres/control_session.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_migrations.hpp"

namespace tenantctl::postgres {
namespace {

constexpr int k_tries = 3;

Error not_initialised(std::string message) {
  return make_error(ErrorCode::control_not_initialised, std::move(message)).with_hint("run \"tenantctl init\"");
}

/// True where the server answers and has no database of that name: told by its catalog, because the text of a refused
/// connection depends on the server's language.
bool database_is_missing(const Secret& url, const std::string& database) {
  const auto maintenance = Connection::open(url, Peer::control, "postgres");
  if (!maintenance) return false;
  const auto rows = (*maintenance)->query("select 1 from pg_database where datname = $1", {database});
  return rows && rows->empty();
}

}  // namespace

Result<Connection*> ControlSession::connected() {
  if (auto* connection = current()) return connection;
  schema_checked_ = false;
  auto opened = connection_ ? Connection::open_again(*connection_, url_) : Connection::open(url_, Peer::control);
  if (!opened) {
    auto error = std::move(opened).error();
    if (error.code != ErrorCode::control_unreachable || !database_is_missing(url_, database())) return fail(std::move(error));
    return fail(not_initialised(fmt::format("control database \"{}\" does not exist", database())));
  }
  connection_ = std::move(*opened);
  TRY(take_locks_again());
  return connection_.get();
}

/// A session's locks go with it. Without them another process may work on the same tenant.
Result<void> ControlSession::take_locks_again() {
  for (const auto key : held_locks_) {
    TRY_ASSIGN(const auto rows, connection_->query("select pg_try_advisory_lock($1::bigint)", {std::to_string(key)}));
    if (rows.flag(0, 0)) continue;
    held_locks_.clear();
    connection_.reset();
    return fail(ErrorCode::fenced,
                "the control database was out of reach for a moment, and another process has taken the tenant's lock meanwhile");
  }
  return {};
}

Result<std::int64_t> ControlSession::write_surely(const Write& write, const LookUp& took_hold) {
  TRY_ASSIGN(auto* connection, ready());
  auto written = write(*connection);
  for (int tries = 1; !written && current() == nullptr; ++tries) {
    const auto lost = full_message(written.error());
    const auto unknown = [&](const Error& why) {
      if (why.code == ErrorCode::fenced) return why;
      return make_error(ErrorCode::unfinished,
                        fmt::format("{}, and whether the last write took hold can't be found out: {}", lost, full_message(why)))
          .may_retry();
    };
    auto again = ready();
    if (!again) return fail(unknown(again.error()));
    auto found = took_hold(**again);
    if (!found) return fail(unknown(found.error()));
    if (*found) return **found;
    if (tries == k_tries) return written;
    written = write(**again);
  }
  return written;
}

Result<Connection*> ControlSession::ready() {
  TRY_ASSIGN(auto* connection, connected());
  if (schema_checked_) return connection;
  // No question here is worth compiling: for those about many tenants that took a third of a second, and they take some milliseconds.
  auto rows = connection->query(
      "select version, name, checksum from schema_migrations cross join (select set_config('jit', 'off', false)) as session order by "
      "version");
  if (!rows) {
    if (connection->failure().sqlstate == "42P01")
      return fail(not_initialised(fmt::format("control database \"{}\" has no schema yet", database())));
    return fail(std::move(rows).error());
  }
  TRY_ASSIGN(const auto pending, pending_migrations(read_applied(*rows)));
  if (!pending.empty()) {
    return fail(not_initialised(fmt::format("control database \"{}\" lacks migration \"{}\"", database(), pending.front().name)));
  }
  schema_checked_ = true;
  return connection;
}

}  // namespace tenantctl::postgres
