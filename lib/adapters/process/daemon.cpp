#include "adapters/process/daemon.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>

#include "adapters/process/spawn.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

// End of input without "go" means that whoever held it is gone.
constexpr const char* k_gate = "read -r word && [ \"$word\" = go ] || exit 125; exec \"$@\" </dev/null";

}  // namespace

Result<HeldDaemon> HeldDaemon::hold(const DaemonCommand& command) {
  const Descriptor log(::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!log) return fail(errno_code(errno), fmt::format("can't open the log file \"{}\": {}", command.log.string(), errno_text(errno)));
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorCode::process_failed, fmt::format("can't make a pair of sockets: {}", errno_text(errno)));
  }
  const Descriptor theirs(ends[0]);
  Descriptor ours(ends[1]);

  std::vector<std::string> argv{"/bin/sh", "-c", k_gate, "sh"};
  argv.insert(argv.end(), command.argv.begin(), command.argv.end());
  TRY_ASSIGN(const auto pid, spawn({.argv = std::move(argv),
                                    .environment = command.environment,
                                    .folder = command.folder,
                                    .stdio = {theirs.get(), log.get(), log.get()},
                                    .group = SpawnGroup::own_session}));
  auto identity = identify(pid);
  if (!identity) {
    is_running({.pid = pid});  // reaps it
    return fail(ErrorCode::process_failed, fmt::format("\"{}\" ended before it began", command.argv.empty() ? "" : command.argv[0]));
  }
  return HeldDaemon(std::move(*identity), std::move(ours));
}

Result<void> HeldDaemon::release() {
  constexpr std::string_view k_go = "go\n";
  const auto sent = ::send(gate_.get(), k_go.data(), k_go.size(), MSG_NOSIGNAL);
  gate_.reset();
  if (sent != static_cast<ssize_t>(k_go.size()))
    return fail(ErrorCode::process_failed, fmt::format("process {} ended before it began", identity_.pid));
  return {};
}

HeldDaemon::~HeldDaemon() {
  if (!gate_) return;
  gate_.reset();
  wait_for_end(identity_, std::chrono::seconds(1));
}

}  // namespace tenantctl
