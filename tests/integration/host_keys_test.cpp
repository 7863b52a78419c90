// Taking a host's key into known_hosts: what is written, what is refused, and that ssh itself believes the file afterwards.
#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/stat.h>

#include "adapters/process/local_shell.hpp"
#include "adapters/ssh/host_keys.hpp"
#include "adapters/ssh/ssh_shell.hpp"
#include "support/ssh_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

HostKey fetched(const SshHost& host) {
  auto key = SshHostKeys().fetch(host);
  if (!key) FAIL(full_message(key.error()));
  return *key;
}

ErrorCode refusal(const SshHost& host, const HostKey& key) {
  const auto added = SshHostKeys().add(host, key);
  REQUIRE_FALSE(added);
  return added.error().code;
}

}  // namespace

TEST_CASE("a fetched key has the fingerprint that ssh-keygen shows", "[ssh][hosts]") {
  const SshServer server;
  LocalShell shell;

  const auto said = shell.run({.argv = {"ssh-keygen", "-lf", (server.folder() / "host_key.pub").native()}});

  REQUIRE(said);
  CHECK_THAT(said->out, Contains(fetched(server.host()).fingerprint));
}

TEST_CASE("a key that was added makes the host known, to us and to ssh", "[ssh][hosts]") {
  const SshServer server;
  auto host = server.host();
  host.known_hosts = server.folder() / "new/known_hosts";
  REQUIRE(fetched(host).standing == HostKeyStanding::unknown);

  REQUIRE(SshHostKeys().add(host, fetched(host)));

  CHECK(fetched(host).standing == HostKeyStanding::known);
  SshShell shell(host);
  CHECK(shell.run({.argv = {"true"}}));
  LocalShell here;
  const auto ssh = here.run({.argv = {"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o",
                                      "UserKnownHostsFile=" + host.known_hosts.native(), "-i", host.identities.front().native(), "-p",
                                      std::to_string(host.port), host.user + "@127.0.0.1", "echo", "in"}});
  REQUIRE(ssh);
  INFO(ssh->err);
  CHECK(ssh->out == "in\n");
}

TEST_CASE("adding keeps the file's other lines, its mode and its link, and the same key is added once", "[ssh][hosts]") {
  const SshServer server;
  auto host = server.host();
  const auto real = server.folder() / "real";
  write_text(
      real,
      "# mine\nother.test ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGn8v0Y5R1SJZzpjRLFUQwGqPz6lPqh7vmFQBHIq7Yk8");  // no newline at its end
  REQUIRE(::chmod(real.c_str(), 0644) == 0);
  host.known_hosts = server.folder() / "link";
  std::filesystem::create_symlink("real", host.known_hosts);
  const auto key = fetched(host);

  REQUIRE(SshHostKeys().add(host, key));
  REQUIRE(SshHostKeys().add(host, key));

  CHECK(read_text(real) ==
        "# mine\nother.test ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGn8v0Y5R1SJZzpjRLFUQwGqPz6lPqh7vmFQBHIq7Yk8\n" + key.line + "\n");
  struct stat info {};
  REQUIRE(::stat(real.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0644);
  CHECK(std::filesystem::is_symlink(host.known_hosts));
}

TEST_CASE("a key is not added where the file has another one for the host, or revokes it", "[ssh][hosts]") {
  SshServer server;
  const auto host = server.host();
  server.know("");
  const auto key = fetched(host);
  const auto other = server.make_key("ed25519", "other");

  server.know(server.known_as() + " " + other + "\n");
  CHECK(refusal(host, key) == ErrorCode::host_key_changed);
  CHECK(read_text(host.known_hosts) == server.known_as() + " " + other + "\n");

  server.know("@revoked * " + server.public_key() + "\n");
  CHECK(refusal(host, key) == ErrorCode::host_key_revoked);
}

TEST_CASE("login by an agent works where no key file is named, and says so where the agent has none", "[ssh][hosts]") {
  const SshServer server;
  auto host = server.host();
  host.identities.clear();
  host.agent = AgentUse::after_identities;
  const auto socket = (server.folder() / "agent").native();
  LocalShell here;
  const auto agent = here.run({.argv = {"ssh-agent", "-s", "-a", socket}});
  REQUIRE(agent);
  const auto pid = std::atoi(agent->out.substr(agent->out.find("SSH_AGENT_PID=") + 14).c_str());
  REQUIRE(pid > 1);
  ::setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  {
    SshShell shell(host);
    const auto refused = shell.run({.argv = {"true"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::ssh_refused);
    CHECK_THAT(refused.error().message, Contains("agent"));
  }
  const auto added =
      here.run({.argv = {"ssh-add", "-q", (server.folder() / "client_key").native()}, .environment = {"SSH_AUTH_SOCK=" + socket}});
  REQUIRE(added);
  REQUIRE(added->succeeded());
  SshShell shell(host);
  CHECK(shell.run({.argv = {"true"}}));
  ::unsetenv("SSH_AUTH_SOCK");
  ::kill(pid, SIGTERM);
}
