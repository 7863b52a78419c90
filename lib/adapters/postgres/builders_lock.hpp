// The lock under which databases that several tenants need are made: templates, and databases that tenants share. It is
// given back when destroyed, and is held by a session: a builder that is killed keeps nobody waiting.
#pragma once
#include <string>

#include "adapters/postgres/connection.hpp"

namespace tenantctl::postgres {

class BuildersLock {
 public:
  explicit BuildersLock(Connection& connection);
  BuildersLock(const BuildersLock&) = delete;
  BuildersLock& operator=(const BuildersLock&) = delete;
  ~BuildersLock();

  /// True where nobody else held it. Errors: sql_failed, server_unreachable.
  Result<bool> try_take();
  /// Waits for another builder in the same maintenance database, up to two minutes. Errors: timed_out, sql_failed, server_unreachable.
  Result<void> take();

 private:
  Connection& connection_;
  std::string key_;
  bool taken_ = false;
};

}  // namespace tenantctl::postgres
