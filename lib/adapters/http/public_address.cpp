#include "adapters/http/public_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tenantctl {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
};

// Of the registry of special-purpose addresses: what is not globally reachable, multicast, and all above it.
constexpr std::array k_special4{Range4{0x00000000, 8},  Range4{0x0a000000, 8},  Range4{0x64400000, 10}, Range4{0x7f000000, 8},
                                Range4{0xa9fe0000, 16}, Range4{0xac100000, 12}, Range4{0xc0000000, 24}, Range4{0xc0000200, 24},
                                Range4{0xc0586300, 24}, Range4{0xc0a80000, 16}, Range4{0xc6120000, 15}, Range4{0xc6336400, 24},
                                Range4{0xcb007100, 24}, Range4{0xe0000000, 3}};

bool is_public4(std::uint32_t address) {
  return std::ranges::none_of(k_special4, [&](const Range4& range) { return (address ^ range.first) >> (32 - range.bits) == 0; });
}

std::uint32_t word_at(const in6_addr& address, std::size_t byte) {
  std::uint32_t word = 0;
  std::memcpy(&word, &address.s6_addr[byte], sizeof word);
  return ntohl(word);
}

/// Of the global unicast block, without what is set aside in it for tunnels, documentation and tests; those that carry an IPv4
/// address go by it.
bool is_public6(const in6_addr& address) {
  const auto first = word_at(address, 0), second = word_at(address, 4);
  const bool is_mapped = first == 0 && second == 0 && word_at(address, 8) == 0x0000ffff;
  const bool is_translated = first == 0x0064ff9b && second == 0 && word_at(address, 8) == 0;  // by NAT64
  if (is_mapped || is_translated) return is_public4(word_at(address, 12));
  if (first >> 16 == 0x2002) return is_public4((first & 0xffff) << 16 | second >> 16);  // 6to4
  if (first >> 29 != 1) return false;                                                   // outside of 2000::/3
  return first >> 9 != 0x20010000 >> 9 && first != 0x20010db8 && first >> 12 != 0x3fff0000 >> 12;
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return is_public4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof six);
  return is_public6(six.sin6_addr);
}

}  // namespace tenantctl
