// Spans of time as operators write them. It knows no calendar: a day and more are other matters.
#pragma once
#include <chrono>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

/// "500ms", "30s", "2m", "1h": a whole number and its unit, at most 24 hours. Errors: bad_value.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace tenantctl
