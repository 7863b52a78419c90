// A host that keeps what it was asked to run, and ends each command as it is told.
#pragma once
#include <functional>

#include "fakes/faults.hpp"
#include "ports/shell.hpp"

namespace tenantctl::test {

class FakeShell : public Shell {
 public:
  explicit FakeShell(Faults& faults) : faults_(faults) {}

  Result<ShellOutcome> run(const ShellCommand& command) override {
    return faults_.around("shell.run", [&]() -> Result<ShellOutcome> {
      commands.push_back(command);
      auto answer = outcome;
      if (on_run) on_run(answer);
      return answer;
    });
  }

  std::vector<ShellCommand> commands;
  std::function<void(ShellOutcome&)> on_run = {};
  ShellOutcome outcome{.exit_status = 0, .signal = 0, .out = "", .err = ""};

 private:
  Faults& faults_;
};

}  // namespace tenantctl::test
