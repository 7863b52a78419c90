#include "adapters/postgres/control_session.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_migrations.hpp"

namespace tenantctl::postgres {
namespace {

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
  if (connection_ && connection_->alive()) return connection_.get();
  connection_.reset();
  held_locks_.clear();
  schema_checked_ = false;
  auto opened = Connection::open(url_, Peer::control);
  if (!opened) {
    auto error = std::move(opened).error();
    if (error.code != ErrorCode::control_unreachable || !database_is_missing(url_, database())) return fail(std::move(error));
    return fail(not_initialised(fmt::format("control database \"{}\" does not exist", database())));
  }
  connection_ = std::move(*opened);
  return connection_.get();
}

Result<Connection*> ControlSession::ready() {
  TRY_ASSIGN(auto* connection, connected());
  if (schema_checked_) return connection;
  auto rows = connection->query("select version, name, checksum from schema_migrations order by version");
  if (!rows) {
    if (connection->failure().sqlstate == "42P01") return fail(not_initialised(fmt::format("control database \"{}\" has no schema yet", database())));
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
