// Instants in UTC and how they are written: RFC 3339. It reads no clock; see ports/clock.hpp.
#pragma once
#include <chrono>
#include <string>

namespace tenantctl {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-21T08:47:09Z"; fractions of a second are dropped.
std::string to_rfc3339(Instant instant);

/// Microseconds since 1970, as the control database's queries give instants.
constexpr Instant instant_from_micros(std::int64_t micros) { return Instant{std::chrono::microseconds{micros}}; }
constexpr std::int64_t to_micros(Instant instant) { return instant.time_since_epoch().count(); }

using Day = std::chrono::sys_days;

/// In UTC.
inline Day day_of(Instant instant) { return std::chrono::floor<std::chrono::days>(instant); }

/// "2026-11-21".
std::string to_text(Day day);

}  // namespace tenantctl
