#include <catch2/catch.hpp>

#include "fakes/domain_scene.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("every step of a change of a custom domain is in the list that crash points are made from") {
  const auto known = domain_step_ids();
  for (const auto verb : {DomainVerb::add, DomainVerb::remove}) {
    DomainScene scene(verb);
    for (const auto& step : scene.pipeline()) CHECK(std::ranges::count(known, step->id()) == 1);
  }
}

TEST_CASE("a crash or a failure anywhere in a change of a custom domain ends with it routed or not there", "[sweep]") {
  const auto verb = GENERATE(DomainVerb::add, DomainVerb::remove);
  const MakeScene make = [&] { return std::make_unique<DomainScene>(verb); };

  const auto crashes = sweep_crashes(make, Crashes::two);
  const auto failures = sweep_failures(make);

  CHECK(crashes == std::vector<std::string>{});
  CHECK(failures == std::vector<std::string>{});
}

TEST_CASE("a domain that nginx does not answer for after it was routed is taken back, and the reservation made for it given up") {
  DomainScene scene(DomainVerb::add);
  scene.plan.reserved_for_this = true;
  scene.plan.status = TenantStatus::suspended;  // and yet it answers 200

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::http_check_failed);
  CHECK_FALSE(scene.router.domains.contains("shop.acme-corp.test"));
  CHECK(std::get<RemoveDomain>(ends_of(scene.plan).on_undone).host == "shop.acme-corp.test");
}

TEST_CASE("a domain that leads to another tenant stops the change, and goes on leading there") {
  DomainScene scene(DomainVerb::add);
  scene.router.domains["shop.acme-corp.test"] = "globex";

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(scene.router.domains["shop.acme-corp.test"] == "globex");
}

TEST_CASE("a plan of a change of a custom domain is read back as it was written") {
  DomainScene scene(DomainVerb::add);
  scene.plan.verified = true;
  scene.plan.status = TenantStatus::suspended;

  const auto again = domain_plan_from(DomainVerb::add, to_parameters(scene.plan));

  REQUIRE(again.has_value());
  CHECK(to_parameters(*again) == to_parameters(scene.plan));
  CHECK_FALSE(domain_plan_from(DomainVerb::add, {{"domain", "nowhere"}}).has_value());
}
