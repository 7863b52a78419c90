// All that a tenant of kind "frappe" needs, for the real binary: a control database, nginx, and a host with the stand-in bench
// behind a real sshd. Everything lies in folders of its own and is stopped by its pid.
#pragma once
#include <string>
#include <vector>

#include "adapters/process/local_shell.hpp"
#include "support/bench_host.hpp"
#include "support/live_sandbox.hpp"
#include "support/ssh_server.hpp"

namespace tenantctl::test {

enum class BenchWay { here, by_ssh };

class SiteWorld {
 public:
  /// `more` is added to the stack "erp", indented by four spaces; `of_sshd` are further lines of its sshd_config.
  explicit SiteWorld(BenchWay way, const std::string& more = {}, const std::string& of_sshd = {});

  CliResult tenantctl(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) const;
  /// The same below another program, such as strace.
  CliResult run_under(std::vector<std::string> wrapper, const std::vector<std::string>& arguments, Build build) const;
  /// The same, with its pid in `pid_file` as long as it runs.
  CliResult run_noting_pid(const std::vector<std::string>& arguments, const std::filesystem::path& pid_file) const;
  /// GET through nginx, or with `body` a POST: the whole answer; empty where nginx closes the connection.
  std::string ask(const std::string& host, const std::string& path, const std::string& body = {}) const;
  /// All that is left of tenants on the bench, its database server, in nginx's folder, in the credentials' folder and in the
  /// control database's list of live tenants.
  std::vector<std::string> leftovers() const;
  /// In the control database.
  void sql(const std::string& statement) const;
  /// Every row of the journal, as text.
  std::string journal() const;
  /// All that an effect could change: files with what they hold, databases and accounts, the journal.
  std::vector<std::string> everything() const;
  /// Ends all sessions with the control database, as an administrator would who sees an idle one.
  void cut_off_from_control() const;
  /// From now on the bench's host is reached through this port of loopback.
  void lead_through(int port);

  /// The control database as `init` first makes it: it has never heard of any tenant.
  void forget_everything() const;

  const BenchHost& host() const { return host_; }
  std::filesystem::path credentials() const { return folder_ / "credentials"; }
  std::filesystem::path config() const { return folder_ / "tenantctl.yaml"; }
  SshServer& ssh() { return ssh_; }

 private:
  void outlive_locks() const;
  CliResult run(const std::vector<std::string>& argv, const std::vector<std::string>& environment) const;
  void start_nginx();

  TempFolder folder_;
  BenchHost host_;
  SshServer ssh_;
  std::string control_;
  int port_;
  int front_port_;
  TestServer nginx_;
};

}  // namespace tenantctl::test
