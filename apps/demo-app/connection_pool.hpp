// Connections to tenants' databases, each with its tenant's own login, kept for a while because logging in costs
// milliseconds. One connection serves one request at a time, and never another tenant.
#pragma once
#include <libpq-fe.h>

#include <chrono>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "tenant_credentials.hpp"

namespace demo_app {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, CloseConnection>;

struct UnknownTenant {};
struct DatabaseRefused {};

/// A connection in use. Give it back to keep it; otherwise it is closed.
struct Lease {
  std::string slug;
  FileIdentity credentials;
  ConnectionHandle connection;
  bool reused = false;  // it may have been cut by the server in the meantime
};

enum class Freshness { any, new_only };

class ConnectionPool {
 public:
  ConnectionPool(std::filesystem::path credentials, std::size_t most_idle) : credentials_(std::move(credentials)), most_idle_(most_idle) {}

  std::variant<Lease, UnknownTenant, DatabaseRefused> take(const std::string& slug, Freshness freshness);
  void give_back(Lease lease);

 private:
  struct Idle {
    Lease lease;
    std::chrono::steady_clock::time_point since;
  };
  ConnectionHandle take_idle(const std::string& slug, const FileIdentity& credentials);

  std::filesystem::path credentials_;
  std::size_t most_idle_;
  std::mutex mutex_;
  std::list<Idle> idle_;  // the longest unused first
};

}  // namespace demo_app
