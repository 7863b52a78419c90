// A private PostgreSQL for tests: in a temporary folder, on a unix socket and a free loopback port, started as a child of
// the test program and stopped by its pid. It dies with the test program, even when that is killed.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/secret.hpp"

namespace tenantctl::test {

enum class Durability { fast, real };     // fast: no fsync
enum class Shutdown { fast, immediate };  // SIGINT, SIGQUIT

struct ClusterOptions {
  Durability durability = Durability::fast;
  std::vector<std::string> settings = {};  // "log_statement=all"
  std::string locale = "C";
};

/// On the socket, the superuser "tenantctl" and the role "provisioner" (which tests make) are trusted; everybody else and
/// everything over TCP needs a SCRAM password. Throws std::runtime_error where it can't be started.
class PostgresCluster {
 public:
  explicit PostgresCluster(ClusterOptions options = {});
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;
  ~PostgresCluster();

  /// The one that all tests of a program share; started at first use.
  static PostgresCluster& shared();

  void start();
  void stop(Shutdown how = Shutdown::fast);

  /// Over the socket.
  Secret url(const std::string& database = "postgres", const std::string& user = "tenantctl") const;
  /// Over TCP, with a password.
  Secret tcp_url(const std::string& database, const std::string& user, const std::string& password) const;

  const std::filesystem::path& socket_dir() const { return dir_; }
  std::filesystem::path data_dir() const { return dir_ / "data"; }
  int port() const { return port_; }
  int pid() const { return pid_; }
  std::string log() const;

 private:
  ClusterOptions options_;
  std::filesystem::path dir_;
  int port_ = 0;
  int pid_ = 0;
};

}  // namespace tenantctl::test
