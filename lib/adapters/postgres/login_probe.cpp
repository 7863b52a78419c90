#include "adapters/postgres/login_probe.hpp"

#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/conninfo.hpp"

namespace tenantctl {

PostgresLoginProbe::PostgresLoginProbe(Secret url, std::unique_ptr<Tunnel> tunnel) : way_(std::move(url), std::move(tunnel)) {}

Result<Secret> PostgresLoginProbe::way() {
  const std::lock_guard lock(mutex_);
  return way_.open();
}

Error PostgresLoginProbe::explained(Error error) {
  const std::lock_guard lock(mutex_);
  return way_.explained(std::move(error));
}

Result<void> PostgresLoginProbe::log_in(const std::string& database, const std::string& login, const Secret& password) {
  TRY_ASSIGN(const auto url, way());
  TRY_ASSIGN(const auto as_tenant, postgres::with_login(url, database, login, password));
  const auto connection = postgres::Connection::open(as_tenant, postgres::Peer::server);
  if (!connection) return fail(explained(connection.error()));
  TRY_ASSIGN(const auto rows, (*connection)->query("select current_user, current_database()"));
  if (rows.text(0, 0) == login && rows.text(0, 1) == database) return {};
  return fail(ErrorCode::check_failed, fmt::format("the login became \"{}\" in database \"{}\"", rows.text(0, 0), rows.text(0, 1)));
}

}  // namespace tenantctl
