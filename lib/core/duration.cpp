#include "core/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array k_units{Unit{"ms", 1},        Unit{"s", 1000},       Unit{"m", 60'000},
                             Unit{"h", 3'600'000}, Unit{"d", 86'400'000}, Unit{"w", 604'800'000}};
constexpr auto k_up_to_hours = std::span(k_units).first<4>();
constexpr std::int64_t k_longest_duration = 24 * 3'600'000;
constexpr std::int64_t k_longest_span = 3660 * 86'400'000LL;

/// Nothing where it is no whole number with one of the units, or longer than `longest` milliseconds.
std::optional<milliseconds> number_and_unit(std::string_view text, std::span<const Unit> units, std::int64_t longest) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0) return std::nullopt;
  for (const auto& unit : units) {
    if (std::string_view(rest, end) == unit.name && number <= longest / unit.milliseconds) return milliseconds(number * unit.milliseconds);
  }
  return std::nullopt;
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  if (const auto duration = number_and_unit(text, k_up_to_hours, k_longest_duration)) return *duration;
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no duration of at most 24 hours", printable(text)))
                  .with_hint("write a whole number and its unit, such as 500ms, 30s, 2m or 1h"));
}

Result<milliseconds> parse_span(std::string_view text) {
  if (text == "0") return milliseconds(0);
  if (const auto span = number_and_unit(text, k_units, k_longest_span)) return *span;
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no span of time of at most 10 years", printable(text.substr(0, 60))))
                  .with_hint("write a whole number and its unit, such as 30s, 2m, 24h, 7d or 2w"));
}

}  // namespace tenantctl
