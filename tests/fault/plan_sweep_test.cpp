// SIGKILL at every point of a change of plan, then resume or rollback: login, settings and control database name one plan. Real binary,
// real PostgreSQL.
#include <catch2/catch.hpp>

#include "fault/failpoints.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr const char* k_upgraded = "upgraded";

void check_plan(const std::string& wanted) {
  auto& sandbox = LiveSandbox::get();
  const auto tenant = run_to({"show", k_upgraded, "-o", "json"}).json()["tenant"];
  const auto database = tenant["database"].get<std::string>();
  CHECK(tenant["plan"] == wanted);
  CHECK(sandbox.sql("select value from tenantctl.settings where key = 'plan'", database) == std::vector{wanted});
  CHECK(sandbox.sql("select rolconnlimit from pg_roles where rolcanlogin and rolname like '" + database + "%'") ==
        std::vector<std::string>{wanted == "trial" ? "10" : "50"});
  CHECK(sandbox.sql("select plan from plan_changes order by id desc limit 1", "tenantctl") == std::vector{wanted});
  CHECK(sandbox.is_live(k_upgraded));
  CHECK(unfinished_states().empty());
}

void end_with(const std::string& verb, const std::string& point) {
  INFO("plan set: " << point << " then " << verb);
  REQUIRE(run_to({"plan", "set", k_upgraded, "trial"}).status == 0);
  if (is_backward(point)) {
    REQUIRE(run_to({"plan", "set", k_upgraded, "professional"}, "close:before_effect").status == k_killed);
    REQUIRE(run_to({"rollback", k_upgraded, "--yes"}, point).status == k_killed);
  } else {
    REQUIRE(run_to({"plan", "set", k_upgraded, "professional"}, point).status == k_killed);
  }
  const auto left = unfinished_states();

  const auto ended = run_to({verb, k_upgraded, "--yes"});

  INFO(ended.out << ended.err);
  if (left.empty()) {  // it was killed after its end
    check_plan(is_backward(point) ? "trial" : "professional");
  } else {
    CHECK(ended.status == 0);
    check_plan(verb == "resume" && left.front() == "running" ? "professional" : "trial");
  }
  Tally::get().add("SIGKILL at a failpoint of a change of plan");
}

}  // namespace

TEST_CASE("a change of plan that is killed at any point ends with the one plan or the other everywhere", "[crash][limits]") {
  LiveSandbox::get().create(k_upgraded, {"--plan", "trial"});
  const auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"]["plan_set"].get<std::vector<std::string>>();
  REQUIRE(points.size() > 10);
  Tally::get().swept(points.size());

  for (const auto& point : points) {
    for (const std::string verb : {"resume", "rollback"}) end_with(verb, point);
  }

  LiveSandbox::get().remove(k_upgraded);
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}
