// Why a tenant's visitors are kept out. Values only.
#pragma once
#include <array>
#include <cstdint>

namespace tenantctl {

enum class Closure : std::uint8_t {
  suspended,  // 403, "Account suspended. Please contact support."
  moving,     // 503, to be tried again soon: the tenant is on its way to another server
};

inline constexpr std::array k_closures{Closure::suspended, Closure::moving};

}  // namespace tenantctl
