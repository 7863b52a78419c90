// A private Redis for tests: on loopback, nothing on disk, stopped by its pid, dead with the test program.
#pragma once
#include <sys/types.h>

#include <string>

#include "support/temp_folder.hpp"

namespace tenantctl::test {

class RedisServer {
 public:
  /// Without a password where it is empty. Throws std::runtime_error where it can't be started.
  explicit RedisServer(const std::string& password = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  int port() const { return port_; }

 private:
  TempFolder folder_;
  int port_;
  pid_t pid_ = -1;
};

}  // namespace tenantctl::test
