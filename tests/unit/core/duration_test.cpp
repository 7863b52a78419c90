#include "core/duration.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using namespace std::chrono_literals;

TEST_CASE("a duration without a unit, with a sign, a fraction or a strange unit is refused with status 2") {
  for (const auto* text : {"", "30", "s", "-1s", "+1s", "1.5s", "30 s", " 30s", "30s ", "30S", "1d", "1m30s", "0x10s",
                           "99999999999999999999s", "25h", "1\ns"}) {
    INFO('"' << text << '"');
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().code == ErrorCode::bad_value);
    CHECK(info(duration.error().code).exit_status == 2);
    CHECK_THAT(duration.error().hint, Catch::Contains("30s"));
  }
}

TEST_CASE("a duration is a whole number of milliseconds, seconds, minutes or hours") {
  CHECK(parse_duration("500ms").value() == 500ms);
  CHECK(parse_duration("0s").value() == 0ms);
  CHECK(parse_duration("30s").value() == 30s);
  CHECK(parse_duration("2m").value() == 2min);
  CHECK(parse_duration("24h").value() == 24h);
}
