#include "core/plans.hpp"

#include <catch2/catch.hpp>

#include "core/embedded.hpp"

using namespace tenantctl;

namespace {

PlanCatalog built_in() { return *PlanCatalog::parse("plans.yaml", *embedded_file("plans.yaml")); }

void check_plans_refused(std::string_view from, std::string_view to, const std::string& why) {
  std::string text(*embedded_file("plans.yaml"));
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const auto catalog = PlanCatalog::parse("p.yaml", text);
  INFO(to);
  REQUIRE_FALSE(catalog);
  CHECK(catalog.error().code == ErrorCode::plans_invalid);
  CHECK_THAT(catalog.error().message, Catch::StartsWith("p.yaml:") && Catch::Contains(why));
}

}  // namespace

TEST_CASE("the built-in plans are those the product is sold with") {
  const auto catalog = built_in();

  REQUIRE(catalog.all().size() == 4);
  const auto& trial = **catalog.find("trial");
  CHECK(trial.price_cents == 0);
  CHECK(trial.trial_days == 14);
  CHECK(trial.limits.at("companies") == 1);
  CHECK(trial.limits.at("users_per_company") == 3);
  CHECK(trial.limits.at("transactions_per_month") == 100);
  const auto& starter = **catalog.find("starter");
  CHECK(starter.price_cents == 4900);
  CHECK(starter.limits.at("users_per_company") == 5);
  CHECK(starter.limits.at("transactions_per_month") == 1000);
  const auto& professional = **catalog.find("professional");
  CHECK(professional.price_cents == 19900);
  CHECK(professional.limits.at("companies") == 3);
  CHECK(professional.limits.at("users_per_company") == 20);
  CHECK(professional.limits.at("transactions_per_month") == 10000);
  const auto& enterprise = **catalog.find("enterprise");
  CHECK_FALSE(enterprise.price_cents);
  CHECK(enterprise.billed == "annual");
  for (const auto& [name, limit] : enterprise.limits) CHECK_FALSE(limit);
}

TEST_CASE("a bad plan is refused with line and key") {
  check_plans_refused("price: 49", "price: 49.999", "plans.starter.price: \"49.999\" is not an amount");
  check_plans_refused("price: 49", "price: -1", "is not an amount");
  check_plans_refused("price: 49", "prize: 49", "plans.starter.price: is required");
  check_plans_refused("trial_days: 14", "trial_days: 1.5", "not a whole number");
  check_plans_refused("companies: 1", "companies: many", "plans.trial.limits.companies: \"many\" is not a whole number");
  check_plans_refused("support: email", "support: pigeon", "is not one of");
  check_plans_refused("billed: monthly", "billed: weekly", "is not one of monthly, annual");
  check_plans_refused("database: separate_database", "database: shared", "is not one of separate_database");
  check_plans_refused("support: email", "support: email\n    colour: red", "plans.starter.colour: unknown key");
  check_plans_refused("  starter:", "  \"St arter\":", "is not 1 to 31");
}

TEST_CASE("a key that is missing, or whose mapping is, is reported where it should be") {
  const auto catalog = PlanCatalog::parse("p.yaml", "plans:\n  solo: { price: 9.5, billed: monthly, database: separate_database }\n");
  REQUIRE_FALSE(catalog);
  CHECK(catalog.error().message == "p.yaml:2: plans.solo.limits.companies: is required");
}

TEST_CASE("a plan that does not exist is named with the nearest that does") {
  const auto catalog = built_in();
  const auto found = catalog.find("trail");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::plan_not_found);
  CHECK_THAT(found.error().hint, Catch::Contains("\"trial\""));
}
