#include "connection_pool.hpp"

namespace demo_app {
namespace {

constexpr std::chrono::seconds k_keep{30};

ConnectionHandle open_connection(const TenantCredentials& credentials) {
  const char* const keys[] = {"host", "port", "dbname", "user", "password", "connect_timeout", "application_name", "options", nullptr};
  const char* const values[] = {credentials.host.c_str(),
                                credentials.port.c_str(),
                                credentials.database.c_str(),
                                credentials.user.c_str(),
                                credentials.password.c_str(),
                                "3",
                                "demo-app",
                                "",
                                nullptr};
  ConnectionHandle connection(PQconnectdbParams(keys, values, 0));
  return PQstatus(connection.get()) == CONNECTION_OK ? std::move(connection) : nullptr;
}

}  // namespace

std::variant<Lease, UnknownTenant, DatabaseRefused> ConnectionPool::take(const std::string& slug, Freshness freshness) {
  const auto identity = credentials_identity(credentials_, slug);
  if (!identity) {
    take_idle(slug, {});  // closes what it had
    return UnknownTenant{};
  }
  if (auto connection = take_idle(slug, *identity); connection && freshness == Freshness::any)
    return Lease{slug, *identity, std::move(connection), true};

  const auto credentials = read_credentials(credentials_, slug);
  if (!credentials) return UnknownTenant{};
  auto connection = open_connection(*credentials);
  if (!connection) return DatabaseRefused{};
  return Lease{slug, *identity, std::move(connection), false};
}

void ConnectionPool::give_back(Lease lease) {
  const auto now = std::chrono::steady_clock::now();
  std::list<Idle> closing;  // closed outside of the lock
  const std::lock_guard guard(mutex_);
  // One a tenant: its login may open only so many, and a burst should not use them up for long.
  for (auto at = idle_.begin(); at != idle_.end();) {
    const auto next = std::next(at);
    if (at->lease.slug == lease.slug || now - at->since > k_keep) closing.splice(closing.end(), idle_, at);
    at = next;
  }
  while (idle_.size() >= most_idle_ && !idle_.empty()) closing.splice(closing.end(), idle_, idle_.begin());
  idle_.push_back({std::move(lease), now});
}

ConnectionHandle ConnectionPool::take_idle(const std::string& slug, const FileIdentity& credentials) {
  std::list<Idle> taken;
  {
    const std::lock_guard guard(mutex_);
    for (auto at = idle_.begin(); at != idle_.end();) {
      const auto next = std::next(at);
      if (at->lease.slug == slug) taken.splice(taken.end(), idle_, at);
      at = next;
    }
  }
  for (auto& one : taken) {
    if (one.lease.credentials == credentials) return std::move(one.lease.connection);
  }
  return nullptr;
}

}  // namespace demo_app
