// Runs a program on a host, without a shell in between where the host is this one. A command is a value that tests compare.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

struct ShellCommand {
  std::vector<std::string> argv;              // argv[0] is looked up in PATH; never a secret in it: anyone can read it in ps
  std::string input = {};                     // its standard input
  std::vector<std::string> environment = {};  // "NAME=value", added to ours
  std::filesystem::path folder = {};          // working directory; empty: ours
  std::chrono::milliseconds limit{30'000};    // then SIGTERM, and SIGKILL half a second later, to its whole process group
};

struct ShellOutcome {
  int exit_status = -1;  // valid where signal is 0
  int signal = 0;
  std::string out;
  std::string err;
  bool succeeded() const { return signal == 0 && exit_status == 0; }
};

class Shell {
 public:
  virtual ~Shell() = default;
  /// A program that ends with an error is not an error here. Errors: process_failed (could not be started), timed_out.
  virtual Result<ShellOutcome> run(const ShellCommand& command) = 0;
};

}  // namespace tenantctl
