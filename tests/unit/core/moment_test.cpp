#include "core/moment.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using namespace std::chrono_literals;

namespace {

const Instant k_moment = instant_from_micros(1'795'250'829'000'000);

std::string read_moment(std::string_view text) {
  const auto instant = parse_instant(text);
  return instant ? to_rfc3339(*instant) : std::string(info(instant.error().code).name);
}

}  // namespace

TEST_CASE("an instant is read as RFC 3339 writes it, in any offset") {
  CHECK(read_moment("2026-11-21T08:47:09Z") == "2026-11-21T08:47:09Z");
  CHECK(read_moment("2026-11-21t08:47:09z") == "2026-11-21T08:47:09Z");
  CHECK(read_moment("2026-11-21T00:30:00+01:00") == "2026-11-20T23:30:00Z");
  CHECK(read_moment("2026-12-31T23:30:00-01:30") == "2027-01-01T01:00:00Z");
  CHECK(read_moment("2026-11-21") == "2026-11-21T00:00:00Z");
  CHECK(read_moment("2024-02-29") == "2024-02-29T00:00:00Z");
  CHECK(to_micros(*parse_instant("1970-01-01T00:00:01.25Z")) == 1'250'000);
  CHECK(to_micros(*parse_instant("1970-01-01T00:00:00.123456789Z")) == 123'456);
}

TEST_CASE("what is no instant is refused") {
  for (const char* text :
       {"", "yesterday", "2026", "2026-11", "2026-13-01", "2026-02-29", "2026-11-31", "2026-11-21T", "2026-11-21T08:47Z",
        "2026-11-21T24:00:00Z", "2026-11-21T08:60:00Z", "2026-11-21T08:47:09", "2026-11-21T08:47:09.Z", "2026-11-21T08:47:09+1",
        "2026-11-21T08:47:09+24:00", "2026-11-21T08:47:09Z ", "26-11-21", "+026-11-21", "2026-1-21"}) {
    INFO(text);
    CHECK(read_moment(text) == "bad_value");
  }
}

TEST_CASE("a moment may be so far from now, in either direction") {
  CHECK(*parse_moment("7d", k_moment, Span::before_now) == k_moment - 168h);
  CHECK(*parse_moment("90d", k_moment, Span::after_now) == k_moment + 2160h);
  CHECK(*parse_moment("24h", k_moment, Span::before_now) == k_moment - 24h);
  CHECK(*parse_moment("2026-11-21", k_moment, Span::after_now) == *parse_instant("2026-11-21"));
  CHECK(parse_moment("7 days", k_moment, Span::before_now).error().code == ErrorCode::bad_value);
  CHECK(parse_moment("-7d", k_moment, Span::before_now).error().code == ErrorCode::bad_value);
}

TEST_CASE("a span has a unit, is no fraction, and ends at ten years") {
  CHECK(*parse_span("0") == 0ms);
  CHECK(*parse_span("2w") == 336h);
  CHECK(*parse_span("3660d") == 87840h);
  for (const char* text : {"", "5", "1.5d", "3661d", "99999999999999999999d", "9223372036854775807ms", "d", "1y", "1D"}) {
    INFO(text);
    CHECK(parse_span(text).error().code == ErrorCode::bad_value);
  }
}
