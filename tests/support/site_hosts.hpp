// The host of an nginx that runs here: as itself, or as a host behind a real sshd of its own, by the same paths.
#pragma once
#include <memory>
#include <optional>

#include "adapters/nginx/local_site_host.hpp"
#include "adapters/nginx/remote_site_host.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/ssh/ssh_shell.hpp"
#include "support/ssh_server.hpp"

namespace tenantctl::test {

enum class NginxWay { here, by_ssh };

/// This machine's, for tests of what an adapter does and not of where.
inline std::unique_ptr<SiteHost> local_site_host() {
  static LocalShell shell;
  return std::make_unique<LocalSiteHost>(shell, std::chrono::seconds(10));
}

class SiteHosts {
 public:
  explicit SiteHosts(NginxWay way) {
    if (way == NginxWay::here) return;
    ssh_ = std::make_unique<SshServer>();
    shell_ = std::make_unique<SshShell>(ssh_->host());
  }

  /// Each stands for a process of its own.
  std::unique_ptr<SiteHost> make(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    if (ssh_ == nullptr) return std::make_unique<LocalSiteHost>(here_, patience);
    return std::make_unique<RemoteSiteHost>("db1", *shell_, patience);
  }

  SshServer& ssh() { return *ssh_; }
  Shell& shell() { return ssh_ == nullptr ? static_cast<Shell&>(here_) : *shell_; }

 private:
  LocalShell here_;
  std::unique_ptr<SshServer> ssh_;
  std::unique_ptr<SshShell> shell_;
};

}  // namespace tenantctl::test
