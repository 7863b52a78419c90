// Unpredictable bytes, for ids and passwords. A test's fake is predictable, and that is its only use.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace tenantctl {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes(Entropy& entropy) {
  std::array<std::uint8_t, N> bytes{};
  entropy.fill(bytes);
  return bytes;
}

}  // namespace tenantctl
