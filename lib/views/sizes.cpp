#include "views/sizes.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace tenantctl {

std::string size_text(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> k_units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < k_units.size(); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, k_units[unit]);
}

}  // namespace tenantctl
