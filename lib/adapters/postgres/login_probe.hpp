// Logs in to databases of one PostgreSQL server over libpq, by the same way as the provisioner does.
#pragma once
#include <memory>
#include <mutex>

#include "ports/login_probe.hpp"
#include "ports/tunnel.hpp"

namespace tenantctl {

class PostgresLoginProbe final : public LoginProbe {
 public:
  /// `url`: any connection string of that server; its user, password and database are not used. `tunnel` may be empty.
  PostgresLoginProbe(Secret url, std::unique_ptr<Tunnel> tunnel);
  Result<void> log_in(const std::string& database, const std::string& login, const Secret& password) override;

 private:
  Result<Secret> way();

  Secret url_;
  std::unique_ptr<Tunnel> tunnel_;
  std::mutex mutex_;  // a tunnel is opened by one thread at a time
};

}  // namespace tenantctl
