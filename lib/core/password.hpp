// A password made of random bytes, of characters that need no quoting in SQL, shells, URLs or option files.
#pragma once
#include <cstdint>
#include <span>

#include "core/secret.hpp"

namespace tenantctl {

/// 32 of A-Z, a-z, 0-9, - and _: 192 bits.
Secret password_from_random(std::span<const std::uint8_t, 32> bytes);

}  // namespace tenantctl
