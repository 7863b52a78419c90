// The steps that make a Frappe site, over a fake bench: the sweep first, then what each step refuses and records.
#include <catch2/catch.hpp>

#include "fakes/site_scene.hpp"
#include "unit/pipeline/scenes.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

TEST_CASE("a crash anywhere in the create of a site, and another in what follows it, ends live or with nothing left", "[sweep]") {
  check_none(sweep_crashes(scene_with<SiteScene>([](SiteScene&) {}), Crashes::two));
}

TEST_CASE("a crash anywhere in the create of a site whose password is printed ends live or with nothing left", "[sweep]") {
  check_none(sweep_crashes(scene_with<SiteScene>([](SiteScene& scene) { scene.plan.credentials_file.clear(); }), Crashes::one));
}

TEST_CASE("a crash anywhere in the create of a site that never answers ends with nothing left", "[sweep]") {
  check_none(sweep_crashes(scene_with<SiteScene>([](SiteScene& scene) {
                             scene.http.answer = {500, "<h1>Internal Server Error</h1>"};
                           }),
                           Crashes::one));
}

TEST_CASE("a call to the bench that fails, or loses its answer, leaves nothing behind once it is rolled back", "[sweep]") {
  check_none(sweep_failures(scene_with<SiteScene>([](SiteScene&) {})));
}

TEST_CASE("a crash anywhere in the create that takes its site out of the pool ends live or with nothing left", "[sweep]") {
  const auto scene = scene_with<SiteScene>([](SiteScene& one) { one.stand_by(); });
  check_none(sweep_crashes(scene, Crashes::two));
  check_none(sweep_failures(scene));
}

TEST_CASE("a standby whose new name is somebody else's is dropped, and somebody else's site stays") {
  SiteScene scene;
  scene.stand_by();
  scene.bench.sites["api.acme.yourapp.test"] = {.tenant = "", .database = "somebodys", .whole = true};

  const auto outcome = scene.create();

  REQUIRE(outcome);
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(scene.bench.sites.contains("api.acme.yourapp.test"));
  check_none(scene.complaints());
}

TEST_CASE("a standby that is gone fails the create, which can be tried again") {
  SiteScene scene;
  scene.stand_by();
  scene.bench.sites.erase("api.pool-a1b2c3d4.yourapp.test");

  const auto outcome = scene.create();

  REQUIRE(outcome);
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::state_conflict);
  CHECK_FALSE(scene.bench.sites.contains("api.acme.yourapp.test"));
}

TEST_CASE("somebody else's site under a standby's old name does not keep the tenant's from being dropped") {
  SiteScene scene;
  scene.stand_by();
  REQUIRE(scene.create()->state == OperationState::succeeded);
  scene.bench.sites["api.pool-a1b2c3d4.yourapp.test"] = {.tenant = "", .database = "somebodys", .whole = true};

  const auto outcome = scene.rollback();

  REQUIRE(outcome);
  CHECK(outcome->state == OperationState::undone);
  CHECK_FALSE(scene.bench.sites.contains("api.acme.yourapp.test"));
  CHECK(scene.bench.sites.contains("api.pool-a1b2c3d4.yourapp.test"));
}

TEST_CASE("the pool's part of a site is what a create that takes it leaves out") {
  SiteScene scene;
  scene.plan.dns =
      records_for(scene.plan.tenant(), scene.plan.front, scene.plan.back, {.zone = "yourapp.test", .addresses = {"192.0.2.10"}});
  scene.plan.certificate = certificate_of(scene.plan);
  const auto ids = [](const Pipeline& pipeline) {
    std::vector<std::string> all;
    for (const auto& step : pipeline) all.emplace_back(step->id());
    return all;
  };
  const auto names = [](std::span<const std::string_view> list) { return std::vector<std::string>(list.begin(), list.end()); };
  CHECK(ids(scene.pipeline()) == names(create_site_step_ids()));
  CHECK(ids(fill_site_pipeline(scene.plan, scene.ports())) == names(fill_site_step_ids()));
  scene.stand_by();
  CHECK(ids(scene.pipeline()) == names(pooled_site_step_ids()));
}

TEST_CASE("a site of the same name that is not the tenant's is left alone") {
  SiteScene scene;
  scene.bench.sites["api.acme.yourapp.test"] = {.tenant = "", .database = "somebodys", .whole = true};

  const auto outcome = scene.create();

  REQUIRE(outcome);
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(scene.bench.sites.contains("api.acme.yourapp.test"));
  CHECK(scene.credentials.logins.empty());
}

TEST_CASE("a user who can't log in turns the create back") {
  SiteScene scene;
  scene.bench.takes_logins = false;

  const auto outcome = scene.create();

  REQUIRE(outcome);
  CHECK(outcome->cause->code == ErrorCode::http_check_failed);
  check_none(scene.complaints());
}

TEST_CASE("a site that forbids logins by password is not asked for one") {
  SiteScene scene;
  scene.bench.takes_logins = false;
  scene.plan.frappe->proof = LoginProof::none;

  const auto outcome = scene.create();

  REQUIRE(outcome);
  CHECK(outcome->state == OperationState::succeeded);
}

TEST_CASE("a dump without an app of the stack is refused, and one with all of them is not installed again") {
  SiteScene scene;
  scene.plan.frappe->source_sql = "/srv/golden.sql";
  SECTION("without") {
    const auto outcome = scene.create();
    REQUIRE(outcome);
    CHECK(outcome->cause->code == ErrorCode::config_invalid);
    CHECK_THAT(outcome->cause->message, Contains("\"/srv/golden.sql\" is of a site without the app \"erpnext\""));
  }
  SECTION("with") {
    scene.bench.dump_has = {"frappe", "erpnext", "tenant_oauth_auth"};
    scene.faults.fail_always("bench.install_app", make_error(ErrorCode::internal, "was asked to install"));
    const auto outcome = scene.create();
    REQUIRE(outcome);
    CHECK(outcome->state == OperationState::succeeded);
  }
}

TEST_CASE("no password of a site's create is in the journal") {
  SiteScene scene;
  REQUIRE(scene.create());

  const auto password = scene.site().users.at("admin@acme.test");
  const auto events = scene.journal.events(scene.journal.take_over().id);
  REQUIRE(events);
  for (const auto& event : *events) CHECK(event.evidence.dump().find(password) == std::string::npos);
  CHECK(to_parameters(scene.plan).dump().find(password) == std::string::npos);
}

TEST_CASE("a site's plan comes back from its parameters as it was") {
  auto plan = acme_site_plan();
  SECTION("of a site that is made") {}
  SECTION("of a site out of the pool") { plan.frappe->standby = *HostName::parse("api.pool-a1b2c3d4.yourapp.test"); }

  const auto again = create_plan_from(to_parameters(plan));

  REQUIRE(again);
  REQUIRE(again->frappe);
  CHECK(to_parameters(*again) == to_parameters(plan));
  CHECK(again->frappe->apps == plan.frappe->apps);
  CHECK(again->frappe->standby == plan.frappe->standby);
}

TEST_CASE("a site's parameters with a bad or missing value are refused by its name") {
  for (const char* key : {"site", "database", "bench", "bench_program", "apps", "config", "user_email", "prove_login"}) {
    auto parameters = to_parameters(acme_site_plan());
    parameters["frappe"][key] = nullptr;
    const auto plan = create_plan_from(parameters);
    INFO(key);
    REQUIRE_FALSE(plan);
    CHECK_THAT(plan.error().message, Contains(std::string("\"") + key + "\""));
  }
}
