#include <catch2/catch.hpp>

#include "fakes/create_scene.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("a plan comes back from an operation's parameters as it was") {
  auto plan = acme_plan();
  plan.nginx_mode = NginxMode::server_block;
  plan.nginx_host = "edge";
  plan.certificate = certificate_of(plan);
  const auto parameters = to_parameters(plan);

  const auto back = create_plan_from(nlohmann::json::parse(parameters.dump()));

  REQUIRE(back.has_value());
  CHECK(to_parameters(*back) == parameters);
  CHECK(back->company_name == plan.company_name);
  CHECK(back->settings == plan.settings);
  CHECK(back->database.owner == plan.database.owner);
  CHECK(back->nginx_mode == NginxMode::server_block);
  CHECK(back->nginx_host == "edge");
  CHECK(back->route_files == plan.route_files);
  REQUIRE(back->certificate);
  CHECK(back->certificate->names == plan.certificate->names);
  CHECK(back->certificate->place == plan.certificate->place);
  CHECK(back->ping.limit == plan.ping.limit);
  CHECK(back->limits.statement_timeout_ms == 30'000);
}

TEST_CASE("a plan keeps the schema of a tenant that shares its database, and parameters from before there were any have none") {
  auto plan = acme_plan();
  CHECK_FALSE(create_plan_from(to_parameters(plan))->database.schema);
  plan.database.schema = *SchemaName::parse("shop_a2b3c4d5");

  auto parameters = to_parameters(plan);

  CHECK(create_plan_from(parameters)->database.schema == plan.database.schema);
  CHECK(create_plan_from(parameters)->database.place() == "shop_a2b3c4d5.shop_a2b3c4d5");
  parameters["database"]["schema"] = "pg_toast";
  CHECK(create_plan_from(parameters).error().code == ErrorCode::internal);
}

TEST_CASE("parameters without any one of their fields are refused, and the field is named") {
  const auto whole = to_parameters(acme_plan());
  for (const auto& [key, value] : whole.items()) {
    auto parameters = whole;
    parameters.erase(key);

    const auto plan = create_plan_from(parameters);

    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().code == ErrorCode::internal);
    CHECK(plan.error().message == "the journal's \"" + key + "\" is missing or of another type");
  }
}

TEST_CASE("parameters with a bad name are refused") {
  for (const auto& [key, bad] :
       std::map<std::string, std::string>{{"slug", "-x"}, {"tenant", "1"}, {"front", "a;b"}, {"nginx_mode", "apache"}}) {
    auto parameters = to_parameters(acme_plan());
    parameters[key] = bad;

    const auto plan = create_plan_from(parameters);

    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().code == ErrorCode::internal);
  }
}

TEST_CASE("what a tenant is wins over a configuration key of the same name") {
  const auto rows = tenant_settings(acme_plan(), {{"plan", "enterprise"}, {"colour", "blue"}});

  CHECK(rows.at("plan") == "trial");
  CHECK(rows.at("colour") == "blue");
  CHECK(rows.at("tenant_id") == "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
}

TEST_CASE("a plan keeps for how long its tenant is wanted, and one without that is of a tenant that stays") {
  const FakeClock clock;
  auto plan = acme_plan();
  CHECK_FALSE(expiry_of(*create_plan_from(to_parameters(plan)), clock.now()));

  plan.ttl = std::chrono::hours(2);

  CHECK(expiry_of(*create_plan_from(to_parameters(plan)), clock.now()) == clock.now() + std::chrono::hours(2));
}

TEST_CASE("a trial ends its days after the activation, and a plan without one has no end") {
  const FakeClock clock;
  auto plan = acme_plan();

  CHECK(std::get<ActivateTenant>(activation(plan, clock.now()).on_success).trial_ends_at == clock.now() + std::chrono::days{14});
  plan.trial_days = 0;
  CHECK_FALSE(std::get<ActivateTenant>(activation(plan, clock.now()).on_success).trial_ends_at.has_value());
}
