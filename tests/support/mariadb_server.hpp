// A private MariaDB for tests: in a temporary folder, on a unix socket and a free loopback port, stopped by its pid. It
// dies with the test program, even when that is killed, and knows nothing of a server that the system may run.
#pragma once
#include <string>
#include <vector>

#include "core/secret.hpp"
#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

/// Its account "keeper" may do everything from anywhere, with a password. Throws std::runtime_error where it can't be started.
class MariadbServer {
 public:
  MariadbServer();

  /// The one that all tests of a program share; started at first use.
  static MariadbServer& shared();

  void start();
  void stop() { server_.stop(); }

  /// The rows of all statements, a line each, columns apart by tabs. Throws where SQL fails.
  std::string sql(const std::string& statements) const;
  /// Databases and accounts whose name holds `part`, a line each.
  std::string named(const std::string& part) const;

  int port() const { return port_; }
  static constexpr const char* k_keeper = "keeper";
  Secret password() const { return Secret("keeper's \"canary\" $pw"); }
  /// All that the server itself wrote: its log, and its data files.
  const TempFolder& folder() const { return folder_; }

 private:
  std::string tmpdir() const;
  TempFolder folder_;
  int port_ = 0;
  TestServer server_;
};

}  // namespace tenantctl::test
