// The sandbox on this computer: PostgreSQL, nginx and the demo app as daemons of one folder. What it starts is recorded
// before it runs; what it stops is proved to be that, or to write into the log that it was started with.
#pragma once
#include <filesystem>

#include "adapters/process/daemon.hpp"
#include "adapters/sandbox/sandbox_layout.hpp"
#include "adapters/sandbox/sandbox_state.hpp"
#include "adapters/sandbox/server_user.hpp"
#include "ports/sandbox.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

class LocalSandbox : public Sandbox {
 public:
  /// `dir` need not exist. `demo_app` is the program to run as the demo app; it is copied into the sandbox.
  /// A relative `dir` is taken from our working directory at each call.
  LocalSandbox(std::filesystem::path dir, std::filesystem::path demo_app, Shell& shell)
      : dir_(std::move(dir)), demo_app_(std::move(demo_app)), shell_(shell) {}

  Result<SandboxStatus> up() override;
  Result<SandboxStatus> status() override;
  Result<void> down(SandboxData data) override;

 private:
  Result<void> start_missing(const SandboxLayout& layout, const ServerUser& user, SandboxState& state);
  Result<void> prepare(const SandboxLayout& layout, const ServerUser& user, SandboxState& state);
  Result<void> start_and_wait(const SandboxLayout& layout, const ServerUser& user, SandboxState& state, PerPart<bool>& failed);
  Result<void> check_reachable(const SandboxLayout& layout, const ServerUser& user);

  std::filesystem::path dir_;
  std::filesystem::path demo_app_;
  Shell& shell_;
};

}  // namespace tenantctl
