// Random bytes from the kernel by libsodium. It can't fail: a system without randomness ends the process.
#pragma once
#include "ports/entropy.hpp"

namespace tenantctl {

class SystemEntropy : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

}  // namespace tenantctl
