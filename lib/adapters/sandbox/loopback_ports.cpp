#include "adapters/sandbox/loopback_ports.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <random>

#include "adapters/files/descriptor.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

/// A socket bound to the port, as the servers bind theirs; 0 asks for any. Not open where it is taken.
Descriptor bound_socket(int port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && ::listen(socket.get(), 1) == 0;
  return bound ? std::move(socket) : Descriptor{};
}

// Below those that Linux gives to outgoing connections (ip_local_port_range): one of these would keep a server that was killed from
// getting its port back.
constexpr int k_lowest = 20'000;
constexpr int k_highest = 32'767;
constexpr int k_tries = 100;

/// Of the preferred ones, or, where none of some is free, of any.
Descriptor some_socket() {
  std::random_device random;
  std::uniform_int_distribution<int> draw(k_lowest, k_highest);
  for (int tries = 0; tries < k_tries; ++tries) {
    if (auto socket = bound_socket(draw(random))) return socket;
  }
  return bound_socket(0);
}

int port_of(const Descriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

bool is_free_port(int port) { return port > 0 && port <= 65535 && bound_socket(port); }

Result<std::vector<int>> free_ports(std::size_t count) {
  std::vector<Descriptor> held;  // all at once, so that they differ
  std::vector<int> ports;
  while (ports.size() < count) {
    held.push_back(some_socket());
    if (!held.back()) return fail(ErrorCode::sandbox_failed, fmt::format("no free port on 127.0.0.1: {}", errno_text(errno)));
    ports.push_back(port_of(held.back()));
  }
  return ports;
}

}  // namespace tenantctl
