// The doors of one PostgreSQL server over libpq. A refusal's SQLSTATE is told also where the connection itself is refused, which
// libpq shows in no field.
#pragma once
#include <memory>
#include <mutex>

#include "adapters/postgres/server_way.hpp"
#include "ports/sql_doors.hpp"

namespace tenantctl {

class PostgresDoors final : public SqlDoors {
 public:
  /// `url`: the provisioner's. `tunnel` may be empty.
  PostgresDoors(Secret url, std::unique_ptr<Tunnel> tunnel);
  Entrance enter(const std::string& database, const std::string& login, const Secret& password) override;
  Entrance enter_as_provisioner(const std::string& database) override;

 private:
  Entrance knock(const Result<Secret>& conninfo, const std::string& database);
  Result<Secret> way();

  postgres::ServerWay way_;
  std::mutex mutex_;  // the way is for one thread at a time
};

}  // namespace tenantctl
