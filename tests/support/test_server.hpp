// A server that a test starts: its words go into a file, it dies with the test program, even when that is killed, and is stopped by its
// pid.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tenantctl::test {

class TestServer {
 public:
  TestServer() = default;
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() { stop(); }

  struct Command {
    std::vector<std::string> argv;      // found in PATH
    std::filesystem::path log;          // what it says is appended
    std::filesystem::path folder = {};  // working directory
    std::vector<std::string> as = {};   // further options of setpriv: whom it runs as
  };
  /// Returns once `is_ready` says so. Throws std::runtime_error, with its words, where that does not come within half a minute.
  void start(const Command& command, const std::function<bool()>& is_ready);
  /// Waits for its end. Not running: nothing.
  void stop();

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

/// Whether the file holds `text` by now; a file that is not there holds nothing.
bool says(const std::filesystem::path& log, const std::string& text);

}  // namespace tenantctl::test
