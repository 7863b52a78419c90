#include "adapters/postgres/lock_keys.hpp"

#include <fmt/format.h>

#include "core/sha256.hpp"

namespace tenantctl::postgres {

std::int64_t lock_key(std::string_view text) {
  const auto digest = sha256(text);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | digest[i];
  return static_cast<std::int64_t>(key);
}

std::int64_t check_key(std::string_view database) { return lock_key(fmt::format("tenantctl check {}", database)); }

}  // namespace tenantctl::postgres
