// Calendar months in UTC, as bills and reports go by them.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/result.hpp"

namespace tenantctl {

using Month = std::chrono::year_month;

/// "2026-11". Errors: bad_value.
Result<Month> parse_month(std::string_view text);
std::string month_text(Month month);

Month month_of(Instant instant);
/// The month's first moment; its end is the next one's.
Instant begin_of(Month month);

}  // namespace tenantctl
