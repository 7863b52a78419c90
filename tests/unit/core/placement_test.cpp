#include "core/placement.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using Names = std::vector<std::string>;

namespace {

ServerLoad load(const std::string& name, std::size_t tenants, std::size_t max_tenants = 0, int weight = 1) {
  return {.name = name, .tenants = tenants, .max_tenants = max_tenants, .weight = weight};
}

ServerLoad with_disk(const std::string& name, std::uint64_t free_bytes, int weight = 1) {
  return {.name = name, .weight = weight, .free_bytes = free_bytes};
}

}  // namespace

TEST_CASE("a tenant goes where the fewest are, and among equals to the first that is named") {
  CHECK(placement_order({load("a", 3), load("b", 1), load("c", 2)}, PlaceBy::tenants) == Names{"b", "c", "a"});
  CHECK(placement_order({load("b", 0), load("a", 0)}, PlaceBy::tenants) == Names{"b", "a"});
}

TEST_CASE("a server of twice the weight carries twice as much") {
  CHECK(placement_order({load("small", 10), load("big", 19, 0, 2)}, PlaceBy::tenants) == Names{"big", "small"});
  CHECK(placement_order({load("small", 10), load("big", 21, 0, 2)}, PlaceBy::tenants) == Names{"small", "big"});
  CHECK(placement_order({with_disk("small", 100), with_disk("big", 60, 2)}, PlaceBy::free_disk) == Names{"big", "small"});
}

TEST_CASE("servers that are full or draining get no tenant") {
  auto draining = load("draining", 0);
  draining.draining = true;

  CHECK(placement_order({load("full", 5, 5), draining, load("nearly", 4, 5)}, PlaceBy::tenants) == Names{"nearly"});
  CHECK(placement_order({load("over", 6, 5), draining}, PlaceBy::free_disk).empty());
}

TEST_CASE("by free disk, the number of tenants does not count, and an unknown disk comes last") {
  auto busy = with_disk("busy", 200);
  busy.tenants = 1000;

  CHECK(placement_order({with_disk("idle", 100), busy}, PlaceBy::free_disk) == Names{"busy", "idle"});
  CHECK(placement_order({load("unknown", 0), busy}, PlaceBy::free_disk) == Names{"busy", "unknown"});
}

TEST_CASE("where no server takes more, it is said of each why") {
  auto draining = load("b", 0);
  draining.draining = true;

  const auto error = no_server_left("shop", {load("a", 5, 5), draining});

  CHECK(error.code == ErrorCode::limit_reached);
  CHECK(error.message == R"(no server of stack "shop" takes more tenants: "a" has 5 of 5, "b" is draining)");
  CHECK_THAT(error.hint, Catch::Contains("max_tenants"));
}
