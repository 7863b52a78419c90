// How many tenants a server has, as the control database counts them, and that it gets no more than it may.
#pragma once
#include <cstddef>
#include <string>
#include <utility>

#include "adapters/postgres/connection.hpp"

namespace tenantctl::postgres {

/// How many tenants the server has whose name is parameter NUMBER; those that are moved there count. A macro, so that it can be a
/// piece of a literal.
#define COUNT_ON_SERVER(NUMBER) \
  "(select count(*) from tenants where (server = $" NUMBER " or moving_to = $" NUMBER ") and status <> 'deleted')"

/// Two that begin at once would both count the others, and not each other.
class CountLock {
 public:
  /// Takes nothing where the server has any number of places. Errors: locked, where somebody else holds it for 10 s; sql_failed,
  /// control_unreachable.
  static Result<CountLock> take(Connection& connection, const std::string& server, std::size_t most);
  CountLock(CountLock&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)), key_(std::move(other.key_)) {}
  CountLock& operator=(CountLock&&) = delete;
  ~CountLock();

 private:
  CountLock() = default;
  CountLock(Connection& connection, std::string key) : connection_(&connection), key_(std::move(key)) {}

  Connection* connection_ = nullptr;
  std::string key_;
};

/// Whether the server has `most` (0: it takes any number). Errors: sql_failed, control_unreachable.
Result<bool> is_full(Connection& connection, const std::string& server, std::size_t most);
/// limit_reached.
Error got_full(const std::string& server, std::size_t most, const char* hint);

}  // namespace tenantctl::postgres
