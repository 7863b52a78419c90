#include "core/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array k_units{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};
constexpr std::int64_t k_longest = 24 * 3'600'000;

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && number >= 0) {
    for (const auto& unit : k_units) {
      if (std::string_view(rest, end) == unit.name && number <= k_longest / unit.milliseconds) return std::chrono::milliseconds(number * unit.milliseconds);
    }
  }
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no duration of at most 24 hours", printable(text)))
                  .with_hint("write a whole number and its unit, such as 500ms, 30s, 2m or 1h"));
}

}  // namespace tenantctl
