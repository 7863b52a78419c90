// A private Redis for tests: on loopback, with nothing on disk.
#pragma once
#include <string>

#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

class RedisServer {
 public:
  /// Without a password where it is empty. Throws std::runtime_error where it can't be started.
  explicit RedisServer(const std::string& password = {});

  int port() const { return port_; }

 private:
  TempFolder folder_;
  int port_;
  TestServer server_;
};

}  // namespace tenantctl::test
