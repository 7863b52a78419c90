// The sandbox with its PostgreSQL behind a real sshd: the same servers, a configuration that reaches tenants' databases by
// psql_on alone. The control database is reached as before.
#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/changed_config.hpp"
#include "support/ssh_server.hpp"

namespace tenantctl::test {

class SandboxBehindSsh {
 public:
  /// `of_sshd`: further lines of its sshd_config.
  explicit SandboxBehindSsh(const std::string& of_sshd = {})
      : ssh_(of_sshd),
        config_(changed_config("behind_ssh.yaml", {{"hosts: { ", hosts()}, {"local: { url: ", "local: { psql_on: db1, url: "}})) {}

  /// `tenantctl ARGS…` with this configuration.
  CliResult run(std::vector<std::string> args, const std::vector<std::string>& environment = {}) const {
    args.insert(args.begin(), {"--config", config_.native()});
    return LiveSandbox::get().run(args, environment);
  }

  SshServer& ssh() { return ssh_; }
  const std::filesystem::path& config() const { return config_; }

 private:
  std::string hosts() const {
    const auto host = ssh_.host();
    return fmt::format("hosts: {{ db1: {{ ssh: \"{}@127.0.0.1:{}\", identity: {}, known_hosts: {}, agent: false }}, ", host.user, host.port,
                       host.identities.front().native(), host.known_hosts.native());
  }

  SshServer ssh_;
  std::filesystem::path config_;
};

}  // namespace tenantctl::test
