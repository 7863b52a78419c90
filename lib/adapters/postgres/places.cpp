#include "adapters/postgres/places.hpp"

#include <fmt/format.h>

#include "adapters/postgres/lock_keys.hpp"

namespace tenantctl::postgres {

Result<CountLock> CountLock::take(Connection& connection, const std::string& server, std::size_t most) {
  if (most == 0) return CountLock();
  auto key = std::to_string(lock_key("tenantctl places on " + server));
  // Held for one statement. A machine that went to sleep in between must not stop all others.
  const auto taken = connection.script(fmt::format("set lock_timeout = '10s'; select pg_advisory_lock({}); reset lock_timeout", key));
  if (taken) return CountLock(connection, std::move(key));
  if (taken.error().code != ErrorCode::timed_out) return fail(taken.error());
  return fail(make_error(ErrorCode::locked, fmt::format("somebody else has been placing a tenant on server \"{}\" for 10 s", server))
                  .with_hint("try again; \"select * from pg_locks where locktype = 'advisory'\" in the control database shows who")
                  .may_retry());
}

CountLock::~CountLock() {
  if (connection_ != nullptr) (void)connection_->query("select pg_advisory_unlock($1::bigint)", {key_});
}

Result<bool> is_full(Connection& connection, const std::string& server, std::size_t most) {
  if (most == 0) return false;
  TRY_ASSIGN(const auto rows, connection.query("select " COUNT_ON_SERVER("1"), {server}));
  return static_cast<std::size_t>(rows.integer(0, 0)) >= most;
}

Error got_full(const std::string& server, std::size_t most, const char* hint) {
  return make_error(ErrorCode::limit_reached, fmt::format("server \"{}\" has got its {} tenants meanwhile", server, most)).with_hint(hint);
}

}  // namespace tenantctl::postgres
