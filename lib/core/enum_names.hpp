// Enums that are persisted or shown by name: one lookup for all of them. The table's order is the enum's.
#pragma once
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

/// Errors: bad_value, naming `what` and listing the known names.
template <class Enum, std::size_t N>
Result<Enum> parse_enum(const std::array<std::string_view, N>& names, std::string_view what, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is not {}", text, what))
                  .with_hint(fmt::format("use one of {}", fmt::join(names, ", "))));
}

}  // namespace tenantctl
