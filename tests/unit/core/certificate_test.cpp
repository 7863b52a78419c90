#include "core/certificate.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using namespace std::chrono_literals;

namespace {

const Instant k_monday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
constexpr auto k_week = std::chrono::days{7};

}  // namespace

TEST_CASE("no name fails five times in an hour, and every one is tried again within a day", "[tls]") {
  std::chrono::seconds passed{0};
  int tries = 1;
  while (passed + certificate_pause_after(tries) < 1h) passed += certificate_pause_after(tries++);
  CHECK(tries < 5);
  CHECK(certificate_pause_after(0) == 1min);
  CHECK(certificate_pause_after(1000) == 24h);
}

TEST_CASE("what the budget allows is got now, and the rest a week after what it waits for", "[tls]") {
  CHECK(expected_at({}, 2, 0, k_monday) == k_monday);
  CHECK(expected_at({}, 2, 1, k_monday) == k_monday);
  CHECK(expected_at({}, 2, 2, k_monday) == k_monday + k_week);
  CHECK(expected_at({}, 2, 4, k_monday) == k_monday + 2 * k_week);

  const std::vector<Instant> got{k_monday - 6 * 24h, k_monday - 1h};
  CHECK(expected_at(got, 2, 0, k_monday) == k_monday + 24h);
  CHECK(expected_at(got, 2, 1, k_monday) == k_monday - 1h + k_week);
  CHECK(expected_at(got, 2, 2, k_monday) == k_monday + 24h + k_week);
  CHECK(expected_at(got, 3, 0, k_monday) == k_monday);
  CHECK(expected_at(got, 3, 1, k_monday) == k_monday + 24h);
}

TEST_CASE("a budget that was made smaller lets those go first that are above it", "[tls]") {
  CHECK(expected_at({k_monday - 3h, k_monday - 2h, k_monday - 1h}, 1, 0, k_monday) == k_monday - 1h + k_week);
}
