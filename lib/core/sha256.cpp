#include "core/sha256.hpp"

#include <sodium.h>

#include "core/hex.hpp"

namespace tenantctl {

std::array<unsigned char, 32> sha256(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  static_assert(crypto_hash_sha256_BYTES == sizeof digest);
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

std::string sha256_hex(std::string_view text) { return to_hex(sha256(text)); }

}  // namespace tenantctl
