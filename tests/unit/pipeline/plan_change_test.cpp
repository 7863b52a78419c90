#include "pipeline/plan_change.hpp"

#include <catch2/catch.hpp>

#include "fakes/plan_scene.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("every step of a change of plan is in the list that crash points are made from") {
  PlanScene scene;
  const auto known = plan_change_step_ids();
  const auto steps = scene.pipeline();
  CHECK(steps.size() == known.size());
  for (const auto& step : steps) CHECK(std::ranges::count(known, step->id()) == 1);
}

TEST_CASE("a crash or a failure anywhere in a change of plan ends with the one or the other", "[sweep]") {
  const MakeScene make = [] { return std::make_unique<PlanScene>(); };

  CHECK(sweep_crashes(make, Crashes::two) == std::vector<std::string>{});
  CHECK(sweep_failures(make) == std::vector<std::string>{});
}

TEST_CASE("limits that somebody has set by hand are brought to the new plan's") {
  PlanScene scene;
  scene.login().limits.connections = 77;
  scene.plan_row() = "odd";

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::succeeded);
  CHECK(scene.login().limits == role_limits(scene.change.to));
  CHECK(scene.plan_row() == "enterprise");
}

TEST_CASE("a login that is another tenant's stops a change of plan, and keeps its limits") {
  PlanScene scene;
  scene.login().tenant = "bob";

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(scene.login().limits == role_limits(scene.change.from));
}

TEST_CASE("a change of plan is read back as it was written") {
  PlanScene scene;
  scene.change.reason = "ordered on the phone";

  const auto again = plan_change_from(to_parameters(scene.change));

  REQUIRE(again.has_value());
  CHECK(to_parameters(*again) == to_parameters(scene.change));
  CHECK_FALSE(plan_change_from({{"from", "nowhere"}}).has_value());
}
