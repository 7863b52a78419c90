#include "support/ssh_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "adapters/files/descriptor.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/process/spawn.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {
namespace {

std::string said_by(const std::vector<std::string>& argv) {
  LocalShell shell;
  const auto outcome = shell.run({.argv = argv});
  if (!outcome || !outcome->succeeded()) throw std::runtime_error(argv[0] + " failed");
  auto text = outcome->out;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string user_name() { return said_by({"id", "-un"}); }

}  // namespace

SshServer::SshServer(const std::string& more) : port_(free_port()) {
  (void)make_key("ed25519", "host_key");
  write_text(folder_ / "authorized_keys", make_key("ed25519", "client_key") + "\n");
  know(known_as() + " " + public_key() + "\n");
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);  // where sshd locks itself up; only root's needs it
  write_text(folder_ / "sshd_config",
             fmt::format(
                 "{2}ListenAddress 127.0.0.1\nPort {0}\nHostKey {1}/host_key\nPidFile none\n"
                 "AuthorizedKeysFile {1}/authorized_keys\nAuthenticationMethods publickey\n"
                 "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
                 // bash reads ~/.bashrc for what sshd starts at the first level: whatever the tester has there, they would measure and run.
                 "SetEnv SHLVL=2\n"
                 "UsePAM no\nStrictModes no\nUseDNS no\nMaxStartups 200:30:400\nLogLevel VERBOSE\n",
                 port_, folder_.path().native(), more));
  start();
}

SshServer::~SshServer() {
  end_sessions();
  stop();
}

void SshServer::start() {
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const auto pid = spawn({.argv = {"/usr/sbin/sshd", "-D", "-e", "-f", (folder_ / "sshd_config").native()},
                          .environment = environment_with({}),
                          .stdio = {null.get(), null.get(), log.get()}});
  if (!pid) throw std::runtime_error(full_message(pid.error()));
  pid_ = *pid;
  for (int i = 0; i < 500; ++i) {
    if (log.get() >= 0 && this->log().find(fmt::format("listening on 127.0.0.1 port {}", port_)) != std::string::npos) return;
    ::usleep(10'000);
  }
  throw std::runtime_error("sshd does not start: " + this->log());
}

void SshServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  std::filesystem::remove(folder_ / "log");
}

void SshServer::end_sessions() const {
  if (pid_ <= 0) return;
  LocalShell shell;
  (void)shell.run({.argv = {"pkill", "-KILL", "-P", std::to_string(pid_)}});  // its own children, by their parent's pid
}

SshHost SshServer::host() const {
  return {.name = "db1",
          .user = user_name(),
          .address = "127.0.0.1",
          .port = static_cast<std::uint16_t>(port_),
          .identities = {folder_ / "client_key"},
          .known_hosts = folder_ / "known_hosts",
          .agent = AgentUse::never};
}

std::string SshServer::public_key() const {
  const auto line = read_text(folder_ / "host_key.pub");
  return line.substr(0, line.find(' ', line.find(' ') + 1));
}

std::string SshServer::make_key(const std::string& type, const std::string& file) const {
  said_by({"ssh-keygen", "-q", "-t", type, "-N", "", "-C", "", "-f", (folder_ / file).native()});
  auto line = read_text((folder_ / file).native() + ".pub");
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  return line;
}

void SshServer::know_at(int port) const { know(fmt::format("{0} {2}\n[127.0.0.1]:{1} {2}\n", known_as(), port, public_key())); }

std::string SshServer::known_as() const { return fmt::format("[127.0.0.1]:{}", port_); }

}  // namespace tenantctl::test
