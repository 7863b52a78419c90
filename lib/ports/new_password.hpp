// A new password from a source of random bytes. It keeps none.
#pragma once
#include <array>
#include <cstring>

#include "core/password.hpp"
#include "ports/entropy.hpp"

namespace tenantctl {

inline Secret new_password(Entropy& entropy) {
  std::array<std::uint8_t, 32> bytes{};
  entropy.fill(bytes);
  auto password = password_from_random(bytes);
  ::explicit_bzero(bytes.data(), bytes.size());
  return password;
}

}  // namespace tenantctl
