// Starts long-running servers that outlive us: a session of their own, no descriptor of ours, output into a log file.
// A server is held back until its identity has been recorded, so that none ever runs that nobody knows of.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/files/descriptor.hpp"
#include "adapters/process/process_identity.hpp"

namespace tenantctl {

struct DaemonCommand {
  std::vector<std::string> argv;         // absolute argv[0]; it must stay in the foreground, so that its pid is the server's
  std::vector<std::string> environment;  // "NAME=value", the whole of it
  std::filesystem::path folder;          // working directory
  std::filesystem::path log;             // appended to
};

/// A server that is about to run: a waiting shell with the pid that the server will have. Destroyed without release, or
/// when we are killed, it ends without having run anything.
class HeldDaemon {
 public:
  /// Errors: process_failed, io_failed, permission_denied, disk_full (the log file).
  static Result<HeldDaemon> hold(const DaemonCommand& command);

  const ProcessIdentity& identity() const { return identity_; }

  /// Lets the server run. A program that can't be executed says so in its log and ends with 126 or 127.
  /// Errors: process_failed (it is gone).
  Result<void> release();

  HeldDaemon(HeldDaemon&&) noexcept = default;
  HeldDaemon& operator=(HeldDaemon&&) noexcept = delete;
  ~HeldDaemon();

 private:
  HeldDaemon(ProcessIdentity identity, Descriptor gate) : identity_(std::move(identity)), gate_(std::move(gate)) {}
  ProcessIdentity identity_;
  Descriptor gate_;  // our end of the held shell's standard input
};

}  // namespace tenantctl
