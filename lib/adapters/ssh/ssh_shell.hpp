// Runs programs on a host over SSH, as LocalShell does here. It keeps connections open for the next command, and repeats
// only what certainly never began.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "core/ssh_host.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

namespace ssh {
class Link;
}

/// May be used from several threads at once: each command has a connection to itself while it runs.
class SshShell : public Shell {
 public:
  explicit SshShell(SshHost host);
  SshShell(const SshShell&) = delete;
  SshShell& operator=(const SshShell&) = delete;
  ~SshShell() override;

  /// Errors besides those of Shell: host_unreachable (retryable; nothing ran), outcome_unknown (it may have run, and may
  /// still), host_key_*, ssh_refused, bad_value (NUL in an argument), permission_denied or io_failed (known_hosts).
  Result<ShellOutcome> run(const ShellCommand& command) override;

 private:
  std::unique_ptr<ssh::Link> take_idle();
  void give_back(std::unique_ptr<ssh::Link> link);

  const SshHost host_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ssh::Link>> idle_;
};

}  // namespace tenantctl
