#include "adapters/postgres/login_probe.hpp"

#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/conninfo.hpp"

namespace tenantctl {

PostgresLoginProbe::PostgresLoginProbe(Secret url, std::unique_ptr<Tunnel> tunnel) : url_(std::move(url)), tunnel_(std::move(tunnel)) {}

Result<Secret> PostgresLoginProbe::way() {
  if (!tunnel_) return url_;
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const auto end, tunnel_->open());
  return postgres::through_tunnel(url_, end);
}

Result<void> PostgresLoginProbe::log_in(const std::string& database, const std::string& login, const Secret& password) {
  TRY_ASSIGN(const auto url, way());
  TRY_ASSIGN(const auto as_tenant, postgres::with_login(url, database, login, password));
  TRY_ASSIGN(const auto connection, postgres::Connection::open(as_tenant, postgres::Peer::server));
  TRY_ASSIGN(const auto rows, connection->query("select current_user, current_database()"));
  if (rows.text(0, 0) == login && rows.text(0, 1) == database) return {};
  return fail(ErrorCode::check_failed, fmt::format("the login became \"{}\" in database \"{}\"", rows.text(0, 0), rows.text(0, 1)));
}

}  // namespace tenantctl
