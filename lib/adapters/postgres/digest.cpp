#include "adapters/postgres/digest.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace tenantctl::postgres {
namespace {

using Digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

Digest sha256(std::string_view text) {
  Digest digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  std::string hex;
  for (const auto byte : sha256(text)) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::int64_t lock_key(std::string_view text) {
  const auto digest = sha256(text);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | digest[i];
  return static_cast<std::int64_t>(key);
}

}  // namespace tenantctl::postgres
