#include "adapters/ssh/dial.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "adapters/files/descriptor.hpp"
#include "adapters/system/errno_text.hpp"
#include "core/ascii.hpp"
#include "core/utf8.hpp"

namespace tenantctl::ssh {
namespace {

using AddressList = std::unique_ptr<addrinfo, Releaser<freeaddrinfo>>;

/// The kernel asks a silent peer after 15 s, and gives it up after 30 s more: for sessions that nobody is using.
constexpr int k_idle_seconds = 15;
constexpr int k_probe_seconds = 10;
constexpr int k_probes = 3;
constexpr unsigned k_unacknowledged_ms = 45'000;

Error unreachable(const SshHost& host, std::string_view why) {
  return make_error(ErrorCode::host_unreachable, fmt::format("can't reach host {}: {}", label(host), why))
      .with_hint(fmt::format("check that it is up and lets you in with \"ssh -p {} {}@{} true\"", host.port, host.user, host.address))
      .may_retry();
}

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

void set(int socket, int level, int option, int value) { ::setsockopt(socket, level, option, &value, sizeof value); }

void describe_socket(int socket) {
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, k_idle_seconds);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, k_probe_seconds);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, k_probes);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, k_unacknowledged_ms);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

/// 0, or the errno of why not.
int finish_connect(const Descriptor& socket, Deadline deadline) {
  pollfd wait{socket.get(), POLLOUT, 0};
  for (;;) {
    const int ready = ::poll(&wait, 1, milliseconds_until(deadline));
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0 && errno != EINTR) return errno;
    if (ready > 0) break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// The first of the host's addresses that answers. The resolver's own time limits are those of resolv.conf(5).
Result<Descriptor> connect_socket(const SshHost& host, Deadline deadline) {
  const addrinfo wanted{.ai_flags = AI_NUMERICSERV,
                        .ai_family = AF_UNSPEC,
                        .ai_socktype = SOCK_STREAM,
                        .ai_protocol = 0,
                        .ai_addrlen = 0,
                        .ai_addr = nullptr,
                        .ai_canonname = nullptr,
                        .ai_next = nullptr};
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.address.c_str(), std::to_string(host.port).c_str(), &wanted, &found); error != 0)
    return fail(unreachable(host, fmt::format("its name can't be resolved: {}", ::gai_strerror(error))));
  const AddressList list(found);
  int error = EADDRNOTAVAIL;
  for (const auto* at = list.get(); at != nullptr; at = at->ai_next) {
    Descriptor socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail(unreachable(host, errno_text(errno)));
    describe_socket(socket.get());
    error = ::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) error = finish_connect(socket, deadline);
    if (error == 0) return socket;
  }
  return fail(unreachable(host, errno_text(error)));
}

}  // namespace

std::string label(const SshHost& host) { return fmt::format("\"{}\" ({}:{})", host.name, host.address, host.port); }

std::string last_words(ssh_session session) {
  auto text = printable(ssh_get_error(session));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  if (!text.empty()) text[0] = to_lower(text[0]);
  return text.empty() ? "the connection was closed" : text;
}

bool wait_for_socket(ssh_session session, Deadline deadline) {
  pollfd wait{ssh_get_fd(session), POLLIN, 0};
  if ((ssh_get_poll_flags(session) & SSH_WRITE_PENDING) != 0) wait.events |= POLLOUT;
  const int left = milliseconds_until(deadline);
  return left > 0 && (::poll(&wait, 1, left) != 0);
}

Result<SessionHandle> make_session(const SshHost& host) {
  SessionHandle session(ssh_new());
  if (!session) return fail(ErrorCode::internal, "libssh gave no session");
  const int no = 0;
  const unsigned port = host.port;
  auto* const s = session.get();
  const bool good = ssh_options_set(s, SSH_OPTIONS_HOST, host.address.c_str()) == 0 && ssh_options_set(s, SSH_OPTIONS_PORT, &port) == 0 &&
                    ssh_options_set(s, SSH_OPTIONS_USER, host.user.c_str()) == 0 &&
                    ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
                    ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, host.known_hosts.c_str()) == 0 &&
                    ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == 0;
  if (!good) return fail(ErrorCode::internal, fmt::format("libssh refused the options for host {}: {}", label(host), last_words(s)));
  ssh_set_blocking(s, 0);
  return session;
}

Result<SessionHandle> dial(const SshHost& host, Deadline deadline) {
  TRY_ASSIGN(auto session, make_session(host));
  TRY_ASSIGN(auto socket, connect_socket(host, deadline));
  const socket_t fd = socket.get();
  ssh_options_set(session.get(), SSH_OPTIONS_FD, &fd);
  for (;;) {
    const int state = ssh_connect(session.get());
    if (socket) (void)socket.release();  // libssh closes it from its first look on
    if (state == SSH_OK) return session;
    if (state != SSH_AGAIN) return fail(unreachable(host, last_words(session.get())));
    if (!wait_for_socket(session.get(), deadline))
      return fail(unreachable(host, fmt::format("no SSH server answered within {} ms", host.connect_limit.count())));
  }
}

}  // namespace tenantctl::ssh
