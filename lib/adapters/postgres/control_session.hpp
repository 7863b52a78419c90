// The one connection to the control database that its stores share: opened at first use, and again after it was lost, with
// the locks that it held. It hands the connection out only where the schema is the one that this program knows.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/conninfo.hpp"
#include "core/events.hpp"
#include "core/shared_flag.hpp"

namespace tenantctl::postgres {

class ControlSession {
 public:
  explicit ControlSession(Secret url, Subscriptions subscriptions = {}, SharedFlag certificates_wanted = {})
      : url_(std::move(url)), subscriptions_(std::move(subscriptions)), certificates_wanted_(std::move(certificates_wanted)) {}

  /// Errors: control_unreachable, control_not_initialised, control_newer, sql_failed; fenced (a lock went to another process
  /// while the connection was lost).
  Result<Connection*> ready();
  /// Connected, whatever the schema. Errors: control_unreachable, control_not_initialised (no such database), config_invalid,
  /// fenced.
  Result<Connection*> connected();

  using Write = std::function<Result<std::int64_t>(Connection&)>;
  using LookUp = std::function<Result<std::optional<std::int64_t>>(Connection&)>;
  /// Runs a write whose effect must not be guessed. Where the connection was lost before the answer came, `took_hold` is asked
  /// over a new one what the write would have returned, or nothing: then it had no effect and is repeated.
  /// Errors: those of ready() and of the write; unfinished, where it can't be found out.
  Result<std::int64_t> write_surely(const Write& write, const LookUp& took_hold);
  /// The look-up of writes that done twice are as done once.
  static Result<std::optional<std::int64_t>> is_repeatable(Connection&) { return std::optional<std::int64_t>(); }
  /// Drops the knowledge that the schema is right: the next ready() asks again.
  void forget_schema() { schema_checked_ = false; }

  const Secret& url() const { return url_; }
  /// Who is told of what is written here.
  const Subscriptions& subscriptions() const { return subscriptions_; }
  /// Raised where a certificate is asked for here.
  const SharedFlag& certificates_wanted() const { return certificates_wanted_; }
  std::string database() const { return conninfo_value(url_, "dbname"); }

  /// Advisory locks that this session holds: PostgreSQL would grant a session its own lock again.
  std::set<std::int64_t>& held_locks() { return held_locks_; }
  /// The connection where it is open, else null. Never opens one.
  Connection* current() { return connection_ && connection_->alive() ? connection_.get() : nullptr; }

 private:
  Result<void> take_locks_again();

  Secret url_;
  Subscriptions subscriptions_;
  SharedFlag certificates_wanted_;
  std::unique_ptr<Connection> connection_;
  bool schema_checked_ = false;
  std::set<std::int64_t> held_locks_;
};

}  // namespace tenantctl::postgres
