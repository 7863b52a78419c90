#include <catch2/catch.hpp>

#include "fakes/life_scene.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

struct Story {
  TenantVerb verb;
  TenantStatus from;
};

std::vector<std::string> steps_of(LifeScene& scene) {
  std::vector<std::string> ids;
  for (const auto& step : scene.pipeline()) ids.emplace_back(step->id());
  return ids;
}

CreatePlan made(bool site) { return site ? acme_site_plan() : acme_plan(); }

}  // namespace

TEST_CASE("suspending turns visitors away before it closes the login, and activating lets them in last") {
  LifeScene suspending(TenantVerb::suspend, TenantStatus::active, acme_plan());
  LifeScene activating(TenantVerb::activate, TenantStatus::suspended, acme_plan());
  LifeScene site(TenantVerb::suspend, TenantStatus::active, acme_site_plan());

  CHECK(steps_of(suspending) == std::vector<std::string>{"suspend_route", "suspend_login"});
  CHECK(steps_of(activating) == std::vector<std::string>{"activate_login", "activate_route"});
  CHECK(steps_of(site) == std::vector<std::string>{"suspend_route", "suspend_site"});
}

TEST_CASE("every step of a change of state is in the list that crash points are made from") {
  const auto known = life_step_ids();
  for (const auto verb : {TenantVerb::suspend, TenantVerb::activate, TenantVerb::cancel}) {
    for (const bool site : {false, true}) {
      LifeScene scene(verb, TenantStatus::suspended, made(site));
      for (const auto& id : steps_of(scene)) CHECK(std::ranges::count(known, id) == 1);
    }
  }
}

TEST_CASE("a crash anywhere in a change of state ends with the tenant wholly in one of the two states", "[sweep]") {
  const auto story = GENERATE(Story{TenantVerb::suspend, TenantStatus::active}, Story{TenantVerb::activate, TenantStatus::suspended},
                              Story{TenantVerb::cancel, TenantStatus::active}, Story{TenantVerb::cancel, TenantStatus::suspended});
  const bool site = GENERATE(false, true);
  const MakeScene make = [&] { return std::make_unique<LifeScene>(story.verb, story.from, made(site)); };

  const auto crashes = sweep_crashes(make, Crashes::two);
  const auto failures = sweep_failures(make);

  CHECK(crashes == std::vector<std::string>{});
  CHECK(failures == std::vector<std::string>{});
}

TEST_CASE("a login that is not the tenant's stops a suspension, and what was closed is open again") {
  LifeScene scene(TenantVerb::suspend, TenantStatus::active, acme_plan());
  scene.server.roles[scene.plan.tenant.database.login.str()].tenant = "somebody else";

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(scene.router.suspended.empty());
  CHECK(scene.server.roles[scene.plan.tenant.database.login.str()].may_log_in);
}

TEST_CASE("a plan of a change of state is read back as it was written") {
  const LifePlan plan{.tenant = acme_site_plan(), .verb = TenantVerb::cancel, .from = TenantStatus::suspended, .reason = "left \"us\"\n"};

  const auto again = life_plan_from(TenantVerb::cancel, to_parameters(plan));

  REQUIRE(again.has_value());
  CHECK(to_parameters(*again) == to_parameters(plan));
  CHECK(again->from == TenantStatus::suspended);
  CHECK_FALSE(life_plan_from(TenantVerb::cancel, {{"from", "nowhere"}}).has_value());
}
