#include "core/request_log.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

constexpr Day k_logged_day{std::chrono::year{2026} / 11 / 21};

std::vector<RequestCount> counted_in(std::string_view text) { return count_requests(text).counts; }

}  // namespace

TEST_CASE("requests are counted by host and by the day of their time in UTC") {
  const auto counted = count_requests(
      "2026-11-21T08:47:09+00:00 acme.yourapp.test\n"
      "2026-11-21T08:47:09+00:00 api.acme.yourapp.test\n"
      "2026-11-21T08:47:10+00:00 acme.yourapp.test\n"
      "2026-11-22T00:59:59+01:00 acme.yourapp.test\n"
      "2026-11-22T01:00:00+01:00 acme.yourapp.test\n"
      "2026-11-20T19:00:00-05:00 acme.yourapp.test\n");

  CHECK(counted.unreadable == 0);
  CHECK(counted.counts == std::vector<RequestCount>{{"acme.yourapp.test", k_logged_day, 4},
                                                    {"acme.yourapp.test", k_logged_day + std::chrono::days(1), 1},
                                                    {"api.acme.yourapp.test", k_logged_day, 1}});
}

TEST_CASE("a line that has not ended is left for later") {
  const std::string_view whole = "2026-11-21T08:47:09Z acme.yourapp.test\n";
  const std::string text = std::string(whole) + "2026-11-21T08:47:10Z acme.your";

  const auto counted = count_requests(text);

  CHECK(counted.bytes == whole.size());
  CHECK(counted.unreadable == 0);
  CHECK(counted.counts == std::vector<RequestCount>{{"acme.yourapp.test", k_logged_day, 1}});
  CHECK(count_requests("2026-11-21T08:47:10Z acme.your").bytes == 0);
  CHECK(count_requests("").bytes == 0);
}

TEST_CASE("addresses in the place of a name are hosts, of nobody") {
  CHECK(counted_in("2026-11-21T08:47:09Z [2001:db8::1]\n").front().host == "[2001:db8::1]");
  CHECK(counted_in("2026-11-21T08:47:09Z 192.0.2.1\n").front().host == "192.0.2.1");
}

TEST_CASE("a line of another form counts nothing, and keeps none of the others back") {
  const std::string line =
      GENERATE(as<std::string>{}, "", " ", "acme.yourapp.test", "2026-11-21T08:47:09Z", "2026-11-21T08:47:09Z ",
               "2026-11-21 acme.yourapp.test", "2026-11-31T08:47:09Z acme.yourapp.test", "2026-11-21T08:47:09 acme.yourapp.test",
               "0000-01-01T00:00:00Z acme.yourapp.test", "2026-11-21T08:47:09Z acme.yourapp.test more", "2026-11-21T08:47:09Z a\\x00b",
               "2026-11-21T08:47:09Z acme\xff.test", "2026-11-21T08:47:09Z Acme.test", std::string("\0\0\0", 3),
               R"(127.0.0.1 - - [21/Nov/2026:08:47:09 +0000] "GET / HTTP/1.1" 200 5 "-" "curl")");
  INFO(line);
  const std::string good = "2026-11-21T08:47:09Z acme.yourapp.test\n";

  const auto counted = count_requests(line + "\n" + good);

  CHECK(counted.unreadable == 1);
  CHECK(counted.bytes == line.size() + 1 + good.size());
  CHECK(counted.counts == std::vector<RequestCount>{{"acme.yourapp.test", k_logged_day, 1}});
}

TEST_CASE("a host that is longer than any name is none") {
  const auto counted = count_requests("2026-11-21T08:47:09Z " + std::string(300, 'a') + "\n");
  CHECK(counted.unreadable == 1);
  CHECK(counted.counts.empty());
}
