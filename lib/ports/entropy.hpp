// Unpredictable bytes, for ids and passwords. A test's fake is predictable, and that is its only use.
#pragma once
#include <cstdint>
#include <span>

namespace tenantctl {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

}  // namespace tenantctl
