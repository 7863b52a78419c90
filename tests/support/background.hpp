// The real binary as a process that a test can stop, wake, interrupt and wait for, with the sandbox's configuration.
#pragma once
#include "support/live_sandbox.hpp"

namespace tenantctl::test {

class Background {
 public:
  /// `environment` is "NAME=value", besides the test's own.
  explicit Background(const std::vector<std::string>& args, const std::vector<std::string>& environment = {}, Build build = Build::tests);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  /// Kills it where it still runs.
  ~Background();

  /// True once it is stopped by a signal; false where it ended instead.
  bool stopped();
  void signal(int number) const;
  /// Its end. A process that does not end within a minute is killed, and the status is then 137.
  CliResult wait();

 private:
  TempFolder folder_;
  int pid_ = -1;
};

}  // namespace tenantctl::test
