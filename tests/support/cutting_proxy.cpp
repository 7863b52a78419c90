#include "support/cutting_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace tenantctl::test {
namespace {

constexpr int k_answer_limit_ms = 20'000;
// Not everything that is sent to a server of which nothing is known is answered.
constexpr int k_any_answer_limit_ms = 1'000;

sockaddr_in address_of(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

bool send_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// The length of the first message, once all of it is there. PostgreSQL documentation, "Message Formats".
std::optional<std::size_t> whole_message(const std::string& pending, bool started) {
  const std::size_t type = started ? 1 : 0;
  if (pending.size() < type + 4) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = length << 8U | static_cast<unsigned char>(pending[type + i]);
  return pending.size() >= type + length ? std::optional(type + length) : std::nullopt;
}

bool is_request(const std::string& message, bool started) { return !started || std::strchr("QSc", message[0]) != nullptr; }

}  // namespace

CuttingProxy::CuttingProxy(std::filesystem::path server) : server_(std::move(server)) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto path = folder_ / (".s.PGSQL." + std::to_string(k_port));
  const auto address = address_of(path);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 64) != 0) {
    throw std::runtime_error("the proxy can't listen");
  }
  std::filesystem::permissions(path, std::filesystem::perms(0777));
  begin();
}

CuttingProxy::CuttingProxy(int port) : server_port_(port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = address_of(0);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("the proxy can't listen");
  }
  port_ = ntohs(address.sin_port);
  begin();
}

void CuttingProxy::begin() {
  if (::pipe(wake_) != 0) throw std::runtime_error("the proxy can't be woken");
  thread_ = std::thread([this] { serve(); });
}

CuttingProxy::~CuttingProxy() {
  ::close(wake_[1]);
  thread_.join();
  ::close(wake_[0]);
  ::close(listener_);
  for (const auto& link : links_) ::close(link.client), ::close(link.server);
}

void CuttingProxy::arm(Cut cut, int request) {
  cut_ = cut;
  has_cut_ = false;
  seen_ = 0;
  left_ = request;
}

void CuttingProxy::serve() {
  while (true) {
    std::vector<pollfd> waits{{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& link : links_) waits.insert(waits.end(), {{link.client, POLLIN, 0}, {link.server, POLLIN, 0}});
    ::poll(waits.data(), waits.size(), -1);
    if (waits[0].revents != 0) return;
    std::vector<Link> open;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      auto& link = links_[i];
      const bool lives = (waits[2 + 2 * i].revents == 0 || pass_requests(link)) && (waits[3 + 2 * i].revents == 0 || pass_answers(link));
      if (lives) open.push_back(std::move(link));
      else ::close(link.client), ::close(link.server);
    }
    links_ = std::move(open);
    if (waits[1].revents != 0) accept_client();
  }
}

void CuttingProxy::accept_client() {
  Link link;
  link.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  link.server = ::socket(is_any() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto unix_address = address_of(server_);
  const auto port_address = address_of(server_port_);
  const int connected = is_any() ? ::connect(link.server, reinterpret_cast<const sockaddr*>(&port_address), sizeof port_address)
                                 : ::connect(link.server, reinterpret_cast<const sockaddr*>(&unix_address), sizeof unix_address);
  const int one = 1;
  for (const int end : {link.client, link.server})
    ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // nothing to a unix socket
  if (connected == 0) {
    links_.push_back(std::move(link));
  } else {
    ::close(link.client), ::close(link.server);
  }
}

bool CuttingProxy::pass_requests(Link& link) {
  std::array<char, 65536> chunk{};
  const auto count = ::recv(link.client, chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  link.pending.append(chunk.data(), static_cast<std::size_t>(count));
  while (const auto length =
             is_any() && !link.pending.empty() ? std::optional(link.pending.size()) : whole_message(link.pending, link.started)) {
    const auto message = link.pending.substr(0, *length);
    link.pending.erase(0, *length);
    if (is_any() || is_request(message, link.started)) {
      ++seen_;
      if (left_ > 0 && --left_ == 0) return cut(link, message);
    }
    link.started = true;
    if (!send_all(link.server, message)) return false;
  }
  return true;
}

bool CuttingProxy::pass_answers(const Link& link) const {
  std::array<char, 65536> chunk{};
  const auto count = ::recv(link.server, chunk.data(), chunk.size(), 0);
  return count > 0 && send_all(link.client, {chunk.data(), static_cast<std::size_t>(count)});
}

/// Always false: the connection is over.
bool CuttingProxy::cut(const Link& link, const std::string& message) {
  has_cut_ = true;
  if (cut_ == Cut::request_lost || !send_all(link.server, message)) return false;
  pollfd answer{link.server, POLLIN, 0};
  if (cut_ == Cut::answer_lost) ::poll(&answer, 1, is_any() ? k_any_answer_limit_ms : k_answer_limit_ms);
  return false;
}

}  // namespace tenantctl::test
