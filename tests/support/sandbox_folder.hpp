// A sandbox in a temporary folder that the servers' user can reach. It is stopped and removed with the object.
#pragma once
#include <unistd.h>

#include <filesystem>

#include "adapters/process/local_shell.hpp"
#include "adapters/sandbox/local_sandbox.hpp"
#include "support/temp_folder.hpp"

namespace tenantctl::test {

class SandboxFolder {
 public:
  explicit SandboxFolder(const std::filesystem::path& demo_app = std::filesystem::path(TENANTCTL_BIN_DIR) / "demo-app")
      : sandbox_(folder_ / "sandbox", demo_app, shell_) {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  }
  ~SandboxFolder() { (void)sandbox_.down(SandboxData::purge); }

  LocalSandbox& sandbox() { return sandbox_; }
  std::filesystem::path dir() const { return folder_ / "sandbox"; }

  /// Errors end the test.
  SandboxStatus up() {
    auto status = sandbox_.up();
    if (!status) throw std::runtime_error(full_message(status.error()));
    return *status;
  }

 private:
  TempFolder folder_;
  LocalShell shell_;
  LocalSandbox sandbox_;
};

}  // namespace tenantctl::test
