// What a command on an open SSH connection costs: through SshShell, and as the floor by raw libssh with nothing around it,
// in turn on two sessions of one sshd. Prints a line for each: milliseconds by SshShell, milliseconds of the floor.
// usage: ssh_commands USER PORT KEY KNOWN_HOSTS N     built and run by scripts/bench-ssh
#include <libssh/libssh.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "adapters/ssh/ssh_shell.hpp"

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "ssh_commands: %s\n", why.c_str());
  std::exit(1);
}

ssh_session log_in(const tenantctl::SshHost& host) {
  const auto session = ssh_new();
  const int no = 0;
  const int yes = 1;
  const unsigned port = host.port;
  ssh_options_set(session, SSH_OPTIONS_HOST, host.address.c_str());
  ssh_options_set(session, SSH_OPTIONS_PORT, &port);
  ssh_options_set(session, SSH_OPTIONS_USER, host.user.c_str());
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, host.known_hosts.c_str());
  ssh_options_set(session, SSH_OPTIONS_NODELAY, &yes);
  ssh_key key = nullptr;
  if (ssh_connect(session) != SSH_OK ||
      ssh_pki_import_privkey_file(host.identities.front().c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK ||
      ssh_userauth_publickey(session, nullptr, key) != SSH_AUTH_SUCCESS)
    give_up(ssh_get_error(session));
  ssh_key_free(key);
  return session;
}

void run_raw(ssh_session session) {
  const auto channel = ssh_channel_new(session);
  std::array<char, 256> buffer{};
  if (ssh_channel_open_session(channel) != SSH_OK || ssh_channel_request_exec(channel, "true") != SSH_OK) give_up(ssh_get_error(session));
  while (ssh_channel_read(channel, buffer.data(), buffer.size(), 0) > 0) {}
  if (ssh_channel_get_exit_status(channel) != 0) give_up("the floor's command failed");
  ssh_channel_close(channel);
  ssh_channel_free(channel);
}

template <class Work>
double milliseconds(Work&& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const tenantctl::SshHost host{.name = "bench",
                                .user = argv[1],
                                .address = "127.0.0.1",
                                .port = static_cast<std::uint16_t>(std::atoi(argv[2])),
                                .identities = {argv[3]},
                                .known_hosts = argv[4],
                                .agent = tenantctl::AgentUse::never};
  const auto session = log_in(host);
  tenantctl::SshShell shell(host);
  const auto run_ours = [&shell] {
    const auto outcome = shell.run({.argv = {"true"}});
    if (!outcome) give_up(full_message(outcome.error()));
    if (!outcome->succeeded()) give_up("the command failed");
  };
  run_ours();  // logs in
  run_raw(session);
  for (int i = 0; i < std::atoi(argv[5]); ++i) std::printf("%.2f %.2f\n", milliseconds(run_ours), milliseconds([&] { run_raw(session); }));
  ssh_disconnect(session);
  ssh_free(session);
  return 0;
}
