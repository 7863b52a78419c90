// The sandbox with its PostgreSQL behind a real sshd: the same servers, a configuration that reaches tenants' databases by
// psql_on alone. The control database is reached as before.
#pragma once
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/live_sandbox.hpp"
#include "support/ssh_server.hpp"

namespace tenantctl::test {

class SandboxBehindSsh {
 public:
  SandboxBehindSsh() : config_(LiveSandbox::get().dir() / "behind_ssh.yaml") {
    const auto host = ssh_.host();
    auto text = read_text(LiveSandbox::get().config());
    replace(text, "hosts: { ", fmt::format("hosts: {{ db1: {{ ssh: \"{}@127.0.0.1:{}\", identity: {}, known_hosts: {}, agent: false }}, ", host.user, host.port,
                                           host.identities.front().native(), host.known_hosts.native()));
    replace(text, "local: { url: ", "local: { psql_on: db1, url: ");
    write_text(config_, text);
  }

  /// `tenantctl ARGS…` with this configuration.
  CliResult run(std::vector<std::string> args, const std::vector<std::string>& environment = {}) const {
    args.insert(args.begin(), {"--config", config_.native()});
    return LiveSandbox::get().run(args, environment);
  }

  SshServer& ssh() { return ssh_; }
  const std::filesystem::path& config() const { return config_; }

 private:
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    INFO("the sandbox's tenantctl.yaml no longer has \"" << from << "\"");
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }

  SshServer ssh_;
  std::filesystem::path config_;
};

}  // namespace tenantctl::test
