#include "adapters/ssh/ssh_shell.hpp"

#include "adapters/process/pipe_signal.hpp"
#include "adapters/ssh/link.hpp"

namespace tenantctl {

SshShell::SshShell(SshHost host) : host_(std::move(host)) {}

SshShell::~SshShell() {
  const PipeSignalBlocked blocked;
  idle_.clear();
}

std::unique_ptr<ssh::Link> SshShell::take_idle() {
  for (;;) {
    std::unique_ptr<ssh::Link> link;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      link = std::move(idle_.back());
      idle_.pop_back();
    }
    if (link->usable()) return link;
  }
}

void SshShell::give_back(std::unique_ptr<ssh::Link> link) {
  if (!link->usable()) return;
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(link));
}

Result<ShellOutcome> SshShell::run(const ShellCommand& command) {
  const PipeSignalBlocked blocked;
  if (auto link = take_idle()) {
    auto attempt = link->run(command);
    const bool stale = !attempt.begun && !attempt.outcome && attempt.outcome.error().code == ErrorCode::host_unreachable;
    if (!stale) {
      give_back(std::move(link));
      return std::move(attempt.outcome);
    }
  }
  TRY_ASSIGN(auto link, ssh::Link::open(host_));
  auto attempt = link->run(command);
  give_back(std::move(link));
  return std::move(attempt.outcome);
}

}  // namespace tenantctl
