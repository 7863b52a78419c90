#include "adapters/system/system_entropy.hpp"

#include <sodium.h>

#include <cstdlib>

namespace tenantctl {

void SystemEntropy::fill(std::span<std::uint8_t> bytes) {
  static const int ready = sodium_init();  // 1 where it was initialised before
  if (ready < 0) std::abort();
  randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace tenantctl
