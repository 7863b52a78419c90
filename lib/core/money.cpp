#include "core/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 16> k_without_coins{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                           "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};

}  // namespace

std::optional<std::int64_t> parse_cents(std::string_view text) {
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = text.substr(0, point);
  auto fraction = std::string(text.substr(std::min(point + 1, text.size())));
  if (whole.empty() || whole.size() > 12 || fraction.size() > 2 || (point < text.size() && fraction.empty())) return std::nullopt;
  fraction.resize(2, '0');
  std::int64_t cents = 0;
  for (const char c : std::string(whole) + fraction) {
    if (c < '0' || c > '9') return std::nullopt;
    cents = cents * 10 + (c - '0');
  }
  return cents;
}

std::string decimal_text(std::int64_t cents) {
  const auto amount = cents < 0 ? -cents : cents;
  return fmt::format("{}{}.{:02}", cents < 0 ? "-" : "", amount / 100, amount % 100);
}

std::string money_text(std::int64_t cents, std::string_view currency) {
  return cents % 100 == 0 ? fmt::format("{} {}", cents / 100, currency) : fmt::format("{} {}", decimal_text(cents), currency);
}

std::int64_t coin_of(std::string_view currency) { return std::ranges::find(k_without_coins, currency) == k_without_coins.end() ? 1 : 100; }

std::int64_t to_coins(Wide numerator, Wide denominator, std::int64_t coin) {
  const auto in_coins = denominator * coin;
  const bool is_negative = numerator < 0;
  const auto amount = ((is_negative ? -numerator : numerator) * 2 + in_coins) / (in_coins * 2) * coin;
  return static_cast<std::int64_t>(is_negative ? -amount : amount);
}

}  // namespace tenantctl
