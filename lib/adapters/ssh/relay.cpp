#include "adapters/ssh/relay.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "adapters/ssh/dial.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl::ssh {
namespace {

constexpr int k_longest_wait_ms = 1000;
constexpr int k_most_waiting = 16;
constexpr std::chrono::milliseconds k_last_words{500};

/// libpq turns the socket folder "@name" and a port into the abstract name "name/.s.PGSQL.PORT".
Result<Descriptor> listen_at(const TunnelEnd& end) {
  const auto name = fmt::format("{}/.s.PGSQL.{}", end.folder, end.port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() > sizeof address.sun_path) return fail(ErrorCode::internal, "a tunnel's socket name is too long");
  name.copy(address.sun_path, name.size());
  address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(socket.get(), k_most_waiting) != 0)
    return fail(ErrorCode::internal, fmt::format("can't listen for a tunnel: {}", errno_text(errno)));
  return socket;
}

/// Whose child a process is; 0 where it is gone.
pid_t parent_of(pid_t pid) {
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(stat, line);
  // PID (NAME) STATE PPID: the name may hold anything.
  const auto name_ends = line.rfind(')');
  if (name_ends == std::string::npos || name_ends + 4 > line.size()) return 0;
  return static_cast<pid_t>(std::strtol(line.c_str() + name_ends + 4, nullptr, 10));
}

/// Anybody on this machine can find an abstract socket; only we are let in, and the programs that we run.
bool is_ours(const Descriptor& client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.pid == ::getpid() || parent_of(peer.pid) == ::getpid();
}

}  // namespace

Result<std::unique_ptr<Relay>> Relay::start(const SshHost& host, const TunnelTarget& target, const TunnelEnd& end, SessionHandle session) {
  TRY_ASSIGN(auto listener, listen_at(end));
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail(ErrorCode::internal, fmt::format("no eventfd for a tunnel: {}", errno_text(errno)));
  std::unique_ptr<Relay> relay(new Relay(host, target, std::move(listener), std::move(wake), std::move(session)));
  // Signals are the main thread's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  relay->thread_ = std::thread([raw = relay.get()] { raw->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return relay;
}

Relay::Relay(const SshHost& host, const TunnelTarget& target, Descriptor listener, Descriptor wake, SessionHandle session)
    : host_(host),
      target_(target),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      session_(std::move(session)),
      event_(ssh_event_new()),
      liveness_(session_.get()) {
  ssh_event_add_session(event_.get(), session_.get());
}

Relay::~Relay() {
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void Relay::run() {
  std::optional<Deadline> last_moment;
  while (!last_moment || (!streams_.empty() && Steady::now() < *last_moment)) {
    wait();
    ssh_event_dopoll(event_.get(), 0);
    if (const auto why = liveness_.watch(); !why.empty()) {
      note(make_error(ErrorCode::host_unreachable, fmt::format("the connection to host {} was lost: {}", label(host_), why)).may_retry());
      break;
    }
    accept_new();
    advance_all();
    if (stopping_ && !last_moment) last_moment = Steady::now() + k_last_words;
  }
  alive_ = false;
  listener_.reset();
  streams_.clear();
  ssh_event_remove_session(event_.get(), session_.get());
  ssh_disconnect(session_.get());
}

void Relay::wait() {
  const auto session_events = static_cast<short>((ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0 ? POLLIN | POLLOUT : POLLIN);
  std::vector<pollfd> wanted{
      {ssh_get_fd(session_.get()), session_events, 0}, {listener_.get(), POLLIN, 0}, {stopping_ ? -1 : wake_.get(), POLLIN, 0}};
  for (const auto& stream : streams_) wanted.push_back(stream.wanted());
  ::poll(wanted.data(), wanted.size(), stopping_ ? 10 : k_longest_wait_ms);
}

void Relay::accept_new() {
  for (;;) {
    Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    if (is_ours(client)) streams_.emplace_back(session_.get(), host_, target_, std::move(client));
  }
}

void Relay::advance_all() {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto stream = streams_.begin(); stream != streams_.end();) {
      const bool was_open = stream->opened();
      moved |= stream->advance();
      if (!was_open && stream->opened()) note(std::nullopt);
      if (stream->complaint()) note(stream->complaint());
      stream = stream->ended() ? streams_.erase(stream) : std::next(stream);
    }
  }
}

void Relay::note(std::optional<Error> complaint) {
  const std::lock_guard lock(mutex_);
  complaint_ = std::move(complaint);
}

std::optional<Error> Relay::complaint() {
  const std::lock_guard lock(mutex_);
  return complaint_;
}

}  // namespace tenantctl::ssh
