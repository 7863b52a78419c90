// Logs in to databases of one PostgreSQL server over libpq, by the same way as the provisioner does.
#pragma once
#include <memory>
#include <mutex>

#include "adapters/postgres/server_way.hpp"
#include "ports/login_probe.hpp"

namespace tenantctl {

class PostgresLoginProbe final : public LoginProbe {
 public:
  /// `url`: any connection string of that server; its user, password and database are not used. `tunnel` may be empty.
  PostgresLoginProbe(Secret url, std::unique_ptr<Tunnel> tunnel);
  Result<void> log_in(const std::string& database, const std::string& login, const Secret& password) override;

 private:
  Result<Secret> way();
  Error explained(Error error);

  postgres::ServerWay way_;
  std::mutex mutex_;  // the way is for one thread at a time
};

}  // namespace tenantctl
