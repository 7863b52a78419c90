// Points in time as operators write them: an instant, a day, or so far from now. It reads no clock and knows no local time.
#pragma once
#include <string_view>

#include "core/duration.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// "2026-11-21T08:47:09Z", also with a fraction or an offset such as +01:00 (RFC 3339); "2026-11-21", where its day begins in
/// UTC. Errors: bad_value.
Result<Instant> parse_instant(std::string_view text);

enum class Span : std::uint8_t { before_now, after_now };

/// An instant, a day, or a span before or after `now`. Errors: bad_value.
Result<Instant> parse_moment(std::string_view text, Instant now, Span span);

}  // namespace tenantctl
