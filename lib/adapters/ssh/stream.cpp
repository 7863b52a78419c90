#include "adapters/ssh/stream.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/ssh/dial.hpp"

namespace tenantctl::ssh {
namespace {

constexpr std::size_t k_piece = 32 * 1024;

std::string socket_of(const TunnelTarget& target) { return fmt::format("{}/.s.PGSQL.{}", target.host, target.port); }

bool is_folder(const TunnelTarget& target) { return target.host.starts_with('/'); }

std::string label(const TunnelTarget& target) {
  return is_folder(target) ? socket_of(target) : fmt::format("{}:{}", target.host, target.port);
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Stream::Stream(ssh_session session, const SshHost& host, const TunnelTarget& target, Descriptor client)
    : session_(session), host_(host), target_(target), client_(std::move(client)), channel_(ssh_channel_new(session)) {}

Stream::~Stream() {
  // sshd hangs up on whoever closes a channel that it never opened.
  if (channel_ && ssh_channel_is_open(channel_.get()) != 0) ssh_channel_close(channel_.get());
}

bool Stream::advance() {
  if (state_ == State::opening && !open()) return false;
  if (state_ != State::open) return false;
  bool moved = take_from_client();
  moved |= give_to_host();
  moved |= take_from_host();
  moved |= give_to_client();
  if (client_ended_ && to_host_.empty()) end();
  if (host_ended_ && to_client_.empty()) end();
  return moved && state_ == State::open;
}

bool Stream::open() {
  // Who we are to the target is the host's business; sshd only logs what is told here.
  constexpr const char* k_origin = "127.0.0.1";
  const int result = !channel_            ? SSH_ERROR
                     : is_folder(target_) ? ssh_channel_open_forward_unix(channel_.get(), socket_of(target_).c_str(), k_origin, 0)
                                          : ssh_channel_open_forward(channel_.get(), target_.host.c_str(), target_.port, k_origin, 0);
  if (result == SSH_AGAIN) return false;
  if (result != SSH_OK) {
    complaint_ = refusal();
    end();
    return false;
  }
  state_ = State::open;
  return true;
}

Error Stream::refusal() const {
  const auto said = last_words(session_);  // "…: channel 43 error (2) Connection refused"
  const auto reason = said.rfind(") ");
  const auto message = fmt::format("host {} opened no way to {}: {}", ssh::label(host_), label(target_),
                                   reason == std::string::npos ? said : said.substr(reason + 2));
  const auto look =
      fmt::format("see whether PostgreSQL runs there with \"ssh -p {} {}@{} pg_lsclusters\"", host_.port, host_.user, host_.address);
  // OpenSSH says of a socket file no more than that it failed, also where it forbids forwarding.
  if (is_folder(target_))
    return make_error(ErrorCode::server_unreachable, message)
        .with_hint(look + ", and whether its sshd_config allows AllowStreamLocalForwarding")
        .may_retry();
  // RFC 4254, section 5.1: 1 is administratively prohibited, 2 is connect failed.
  if (said.find("error (1)") != std::string::npos)
    return make_error(ErrorCode::ssh_refused, message)
        .with_hint(fmt::format("set AllowTcpForwarding to yes for user {} in its sshd_config", host_.user));
  return make_error(ErrorCode::server_unreachable, message).with_hint(look).may_retry();
}

bool Stream::take_from_client() {
  if (client_ended_ || !to_host_.empty()) return false;
  std::array<char, k_piece> piece{};
  const auto count = ::recv(client_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (count < 0 && would_block()) return false;
  if (count <= 0) client_ended_ = true;
  else to_host_.assign(piece.data(), static_cast<std::size_t>(count));
  return count > 0;
}

bool Stream::give_to_host() {
  // More than the window would make the call wait.
  const auto size = std::min<std::size_t>(to_host_.size(), ssh_channel_window_size(channel_.get()));
  if (size == 0) return false;
  const int count = ssh_channel_write(channel_.get(), to_host_.data(), static_cast<std::uint32_t>(size));
  if (count < 0) {
    end();
    return false;
  }
  to_host_.erase(0, static_cast<std::size_t>(count));
  return count > 0;
}

bool Stream::take_from_host() {
  if (host_ended_ || !to_client_.empty()) return false;
  std::array<char, k_piece> piece{};
  const int count = ssh_channel_read_nonblocking(channel_.get(), piece.data(), piece.size(), 0);
  if (count > 0) to_client_.assign(piece.data(), static_cast<std::size_t>(count));
  if (count < 0 || (count == 0 && ssh_channel_is_eof(channel_.get()) != 0)) host_ended_ = true;
  return count > 0;
}

bool Stream::give_to_client() {
  if (to_client_.empty()) return false;
  const auto count = ::send(client_.get(), to_client_.data(), to_client_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && would_block()) return false;
  if (count < 0) {
    end();
    return false;
  }
  to_client_.erase(0, static_cast<std::size_t>(count));
  return count > 0;
}

pollfd Stream::wanted() const {
  pollfd wanted{client_.get(), 0, 0};
  if (state_ == State::open && to_host_.empty() && !client_ended_) wanted.events |= POLLIN;
  if (!to_client_.empty()) wanted.events |= POLLOUT;
  if (wanted.events == 0) wanted.fd = -1;  // its hang-up alone must not wake us again and again
  return wanted;
}

}  // namespace tenantctl::ssh
