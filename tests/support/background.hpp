// The real binary as a process that a test can stop, wake, interrupt and wait for, with the sandbox's configuration.
#pragma once
#include <memory>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

class Background {
 public:
  /// `environment` is "NAME=value", besides the test's own; $TENANTCTL_CONFIG in it takes the place of the sandbox's.
  explicit Background(const std::vector<std::string>& args, const std::vector<std::string>& environment = {});
  Background(const std::vector<std::string>& args, const std::vector<std::string>& environment, Build build);
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

using Rivals = std::vector<std::unique_ptr<Background>>;

/// How a race for one name went.
struct RaceEnd {
  int won = 0;      // status 0
  int refused = 0;  // status 5 or 6: the name is taken, or another process holds it
  std::string said;
};
/// Waits for all of them.
RaceEnd finish(const Rivals& rivals);

}  // namespace tenantctl::test
