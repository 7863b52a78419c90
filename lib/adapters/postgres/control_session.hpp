// The one connection to the control database that its stores share: opened at first use, and again after it was lost. It
// hands the connection out only where the schema is the one that this program knows.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "adapters/postgres/connection.hpp"

namespace tenantctl::postgres {

class ControlSession {
 public:
  explicit ControlSession(Secret url) : url_(std::move(url)) {}

  /// Errors: control_unreachable, control_not_initialised, control_newer, sql_failed.
  Result<Connection*> ready();
  /// Connected, whatever the schema. Errors: control_unreachable, control_not_initialised (no such database), config_invalid.
  Result<Connection*> connected();
  /// Drops the knowledge that the schema is right: the next ready() asks again.
  void forget_schema() { schema_checked_ = false; }

  const Secret& url() const { return url_; }
  std::string database() const { return conninfo_value(url_, "dbname"); }

  /// Advisory locks that this session holds: PostgreSQL would grant a session its own lock again.
  std::set<std::int64_t>& held_locks() { return held_locks_; }

 private:
  Secret url_;
  std::unique_ptr<Connection> connection_;
  bool schema_checked_ = false;
  std::set<std::int64_t> held_locks_;
};

}  // namespace tenantctl::postgres
