// Amounts of money: whole hundredths of a currency, never a fraction of one. It knows no rate between two currencies.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenantctl {

/// For products of amounts and times, which 64 bits don't hold.
__extension__ using Wide = __int128;

/// "49" or "2.50" as hundredths; nothing where it is no amount.
std::optional<std::int64_t> parse_cents(std::string_view text);

/// "49 USD", "-2.50 USD": for people.
std::string money_text(std::int64_t cents, std::string_view currency);
/// "49.00": for programs and columns.
std::string decimal_text(std::int64_t cents);

/// The smallest coin of a currency in hundredths: 1, or 100 where it has none below its unit. Source: ISO 4217, table A.1.
std::int64_t coin_of(std::string_view currency);

/// numerator / denominator to the nearest whole coin, halves away from zero. The denominator is positive.
std::int64_t to_coins(Wide numerator, Wide denominator, std::int64_t coin);

}  // namespace tenantctl
