// The sandbox with its nginx on a host behind a real sshd: the same files and the same nginx, which tenantctl reaches by SSH
// alone. The tenants' database server is reached through the same host.
#pragma once
#include "support/sandbox_behind_ssh.hpp"

namespace tenantctl::test {

class NginxBehindSsh {
 public:
  /// `of_sshd`: further lines of its sshd_config.
  explicit NginxBehindSsh(const std::string& of_sshd = {})
      : behind_(of_sshd),
        config_(changed_config("nginx_behind_ssh.yaml",
                               {{"nginx: { host: web,", fmt::format("nginx: {{ host: db1, probe: \"http://127.0.0.1:{}\",",
                                                                    LiveSandbox::get().status().at("http_port").get<int>())},
                                {"dir: nginx/tenantctl", "dir: " + (LiveSandbox::get().dir() / "nginx/tenantctl").string()},
                                {"prefix: nginx", "prefix: " + (LiveSandbox::get().dir() / "nginx").string()},
                                {"conf: nginx/", "conf: " + (LiveSandbox::get().dir() / "nginx").string() + "/"},
                                {"access_log: nginx/", "access_log: " + (LiveSandbox::get().dir() / "nginx").string() + "/"},
                                {"pid_file: nginx/", "pid_file: " + (LiveSandbox::get().dir() / "nginx").string() + "/"}},
                               behind_.config())) {}

  CliResult run(std::vector<std::string> args, const std::vector<std::string>& environment = {}) const {
    args.insert(args.begin(), {"--config", config_.native()});
    return LiveSandbox::get().run(args, environment);
  }

  SshServer& ssh() { return behind_.ssh(); }
  const std::filesystem::path& config() const { return config_; }

 private:
  SandboxBehindSsh behind_;
  std::filesystem::path config_;
};

}  // namespace tenantctl::test
