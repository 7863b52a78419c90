// Spans of time as operators write them: a whole number and its unit. It knows no calendar: a day is 24 hours.
#pragma once
#include <chrono>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

/// How long a command may take: "500ms", "30s", "2m", "1h", at most 24 hours. Errors: bad_value.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// How long something lasts: "500ms", "30s", "2m", "12h", "7d", "2w", at most 10 years; "0". Errors: bad_value.
Result<std::chrono::milliseconds> parse_span(std::string_view text);

}  // namespace tenantctl
