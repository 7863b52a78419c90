#include <catch2/catch.hpp>

#include "fakes/create_scene.hpp"
#include "pipeline/preview.hpp"
#include "pipeline/steps/settings_step.hpp"
#include "unit/pipeline/scenes.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

std::vector<std::string> ids(const Pipeline& pipeline) {
  std::vector<std::string> ids;
  for (const auto& step : pipeline) ids.emplace_back(step->id());
  return ids;
}

/// A create that has to end undone with this code, and nothing left.
void check_undone(CreateScene& scene, ErrorCode code) {
  const auto outcome = scene.create();
  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  REQUIRE(outcome->cause.has_value());
  CHECK(info(outcome->cause->code).name == info(code).name);
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TenantRecords records_of(const CreatePlan& plan) {
  return records_for(plan.tenant(), plan.front, plan.back, {.zone = "yourapp.test", .addresses = {"192.0.2.10"}});
}

}  // namespace

TEST_CASE("a foreign role, database, credentials file or route file is a conflict and stays untouched") {
  SECTION("role") {
    CreateScene scene;
    scene.server.roles[scene.plan.database.owner.str()] = {};
    check_undone(scene, ErrorCode::foreign_object);
    CHECK(scene.server.roles.contains(scene.plan.database.owner.str()));
  }
  SECTION("database") {
    CreateScene scene;
    scene.server.databases[scene.plan.database.database.str()] = {.owner = "bob"};
    check_undone(scene, ErrorCode::foreign_object);
    CHECK(scene.server.databases.contains(scene.plan.database.database.str()));
  }
  SECTION("credentials file") {
    CreateScene scene;
    scene.credentials.foreign.insert(scene.plan.credentials_file);
    check_undone(scene, ErrorCode::foreign_object);
  }
  SECTION("route file") {
    CreateScene scene;
    scene.router.files[scene.plan.route_files[1]] = "";
    check_undone(scene, ErrorCode::foreign_object);
    CHECK(scene.router.files.contains(scene.plan.route_files[1]));
    CHECK_FALSE(scene.router.files.contains(scene.plan.route_files[0]));
  }
}

TEST_CASE("settings are written with care for what an archive brought along only where the database was made of one") {
  CreateScene scene;
  const CreatePorts ports{.server = scene.server,
                          .router = scene.router,
                          .credentials = scene.credentials,
                          .http = scene.http,
                          .shell = {},
                          .entropy = scene.entropy,
                          .issued = scene.issued,
                          .template_source = {}};

  (void)SettingsStep(scene.plan, ports).apply();
  scene.plan.from_backup = "/backups/acme";
  (void)SettingsStep(scene.plan, ports).apply();

  CHECK(scene.server.settings_written_for == std::vector{MadeOf::files, MadeOf::archive});
}

TEST_CASE("a full disk under the route files undoes everything") {
  CreateScene scene;
  scene.faults.fail_always("router.publish", make_error(ErrorCode::disk_full, "no space left on device"));
  check_undone(scene, ErrorCode::disk_full);
}

TEST_CASE("a schema file that can't be read undoes the roles") {
  CreateScene scene;
  scene.source_is_readable = false;
  check_undone(scene, ErrorCode::config_invalid);
}

TEST_CASE("a rollback needs no schema file") {
  CreateScene scene;
  REQUIRE(scene.create().has_value());
  scene.source_is_readable = false;

  REQUIRE(scene.rollback().has_value());

  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("a tenant that answers wrongly until the limit is undone, and the last answer is told") {
  CreateScene scene;
  SECTION("another status") {
    scene.http.answer = {502, "bad gateway"};
    check_undone(scene, ErrorCode::http_check_failed);
    CHECK(scene.journal.cause()->message ==
          "\"http://acme.yourapp.test/api/method/ping\" did not answer with status 200 and \"pong\" within 40 ms; the last answer was: "
          "status 502");
  }
  SECTION("another body") {
    scene.http.answer = {200, "hello"};
    check_undone(scene, ErrorCode::http_check_failed);
  }
}

TEST_CASE("a web server that can't be reached keeps its own code") {
  CreateScene scene;
  scene.faults.fail_always("http.get", make_error(ErrorCode::nginx_unreachable, "connection refused"));
  check_undone(scene, ErrorCode::nginx_unreachable);
}

TEST_CASE("a tenant that starts slowly is waited for, and asked by its own name") {
  CreateScene scene;
  scene.http.starting_up = 2;

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::succeeded);
  REQUIRE(scene.http.requests.size() == 3);
  CHECK(scene.http.requests[0].host.str() == "acme.yourapp.test");
  CHECK(scene.http.requests[0].path == "/api/method/ping");
  CHECK(scene.http.requests[0].address == "http://127.0.0.1:8080");
}

TEST_CASE("an interrupt ends the wait for the first answer") {
  CreateScene scene;
  scene.plan.ping.limit = std::chrono::hours{1};
  scene.http.answer.status = 502;
  scene.interrupted = [&] {
    return scene.http.requests.empty() ? std::nullopt : std::optional(make_error(ErrorCode::interrupted, "stopped by SIGINT"));
  };
  check_undone(scene, ErrorCode::interrupted);
  CHECK(scene.http.requests.size() == 1);
}

TEST_CASE("a password has 32 URL-safe characters, and the second tenant's is another one") {
  CreateScene scene;
  REQUIRE(scene.create().has_value());
  const auto first = scene.login().password;
  REQUIRE(scene.rollback().has_value());
  REQUIRE(scene.create().has_value());

  CHECK(first.size() == 32);
  CHECK(first.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
  CHECK(scene.login().password != first);
}

TEST_CASE("the journal holds no password") {
  CreateScene scene;
  REQUIRE(scene.create().has_value());
  REQUIRE_FALSE(scene.login().password.empty());

  std::string journal = to_parameters(scene.plan).dump();
  for (const auto& event : scene.journal.written()) journal += event.evidence.dump() + event.error_message;

  CHECK(journal.find(scene.login().password) == std::string::npos);
}

TEST_CASE("a rollback removes the files that were recorded, wherever today's configuration puts them") {
  CreateScene scene;
  REQUIRE(scene.create().has_value());
  const auto recorded = scene.plan;
  scene.plan.route_files = {"/elsewhere/acme.yourapp.test"};
  scene.plan.credentials_file = "/elsewhere/acme.json";

  REQUIRE(scene.rollback().has_value());

  scene.plan = recorded;
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("a server that is gone during a rollback does not keep the route and credentials files") {
  CreateScene scene;
  REQUIRE(scene.create().has_value());
  scene.faults.fail_always("server.", make_error(ErrorCode::server_unreachable, "server \"pg1\" can't be reached"));

  const auto outcome = scene.rollback();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::stuck);
  CHECK(scene.credentials.files.empty());
  CHECK(scene.router.files.size() == 1);

  scene.faults.clear();
  REQUIRE(scene.rollback().has_value());
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("without a credentials file the password is issued last, so that a resume can print it") {
  CreateScene scene;
  scene.plan.credentials_file.clear();

  CHECK(ids(scene.pipeline()) == std::vector<std::string>{"roles", "database", "access", "settings", "route", "verify", "credentials"});
  REQUIRE(scene.create().has_value());
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("the steps are those of the table, and each says in one line what it would do") {
  CreateScene scene;
  scene.plan.after_create.argv = {"migrate"};
  scene.plan.configuration_file = "/var/lib/shop/acme.config.json";
  scene.plan.dns = records_of(scene.plan);
  scene.plan.certificate = certificate_of(scene.plan);
  const auto pipeline = scene.pipeline();
  const auto table = create_step_ids();

  CHECK(ids(pipeline) == std::vector<std::string>(table.begin(), table.end()));
  CHECK(pipeline[1]->describe() == "create database \"shop_a2b3c4d5\" from the template of stack \"shop\"");
  for (const auto& step : pipeline) CHECK(step->describe().find('\n') == std::string_view::npos);
}

TEST_CASE("a preview looks at everything and changes nothing") {
  CreateScene scene;
  scene.router.files[scene.plan.route_files[0]] = "";
  auto pipeline = scene.pipeline();

  const auto planned = preview(pipeline);

  REQUIRE(planned.has_value());
  REQUIRE(planned->size() == 7);
  CHECK((*planned)[5].presence == Presence::foreign);
  CHECK((*planned)[5].detail.find("is not this tenant's") != std::string::npos);
  CHECK(scene.server.roles.size() == 1);
  CHECK(scene.credentials.files.empty());
}

TEST_CASE("a crash anywhere in a whole create ends with a live tenant or with none", "[sweep]") {
  check_none(sweep_crashes(scene_with<CreateScene>([](CreateScene&) {}), Crashes::one));
}

TEST_CASE("a crash or failure anywhere in a create with records in a zone leaves all of them or none", "[sweep]") {
  const auto with_records = scene_with<CreateScene>([](CreateScene& scene) { scene.plan.dns = records_of(scene.plan); });
  check_none(sweep_crashes(with_records, Crashes::one));
  check_none(sweep_failures(with_records));
}

TEST_CASE("a crash or failure anywhere in a create that asks for a certificate leaves it asked for or not", "[sweep]") {
  const auto with_certificate = scene_with<CreateScene>([](CreateScene& scene) { scene.plan.certificate = certificate_of(scene.plan); });
  check_none(sweep_crashes(with_certificate, Crashes::one));
  check_none(sweep_failures(with_certificate));
}

TEST_CASE("a certificate that was got since is given up with its create, also where nobody knows of it any more") {
  for (const bool is_known : {true, false}) {
    CreateScene scene;
    scene.plan.certificate = certificate_of(scene.plan);
    REQUIRE(scene.create()->state == OperationState::succeeded);
    scene.issuer.issued.insert(scene.plan.front.str());
    if (!is_known) scene.certificates.rows.clear();

    CHECK(scene.rollback()->state == OperationState::undone);

    CHECK(scene.complaints() == std::vector<std::string>{});
  }
}

TEST_CASE("a certificate of another tenant's is in a create's way, and stays") {
  CreateScene scene;
  scene.plan.certificate = certificate_of(scene.plan);
  auto others = certificate_of(scene.plan);
  others.tenant = *TenantId::parse("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee");
  scene.certificates.rows.emplace(scene.plan.front.str(), Certificate{.order = others});

  const auto outcome = scene.create();

  REQUIRE(outcome);
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(scene.certificates.rows.size() == 1);
}

TEST_CASE("a crash anywhere in a create in somebody's shared database leaves that database, and a whole schema or none", "[sweep]") {
  const auto shares = [](CreateScene& scene) {
    scene.plan.database.database = *DatabaseName::parse("bobs");
    scene.plan.database.schema = *SchemaName::parse("shop_a2b3c4d5");
  };
  check_none(sweep_crashes(scene_with<CreateScene>(shares), Crashes::one));
  check_none(sweep_failures(scene_with<CreateScene>(shares)));
}

TEST_CASE("a crash anywhere in a create that prints its password ends with a live tenant and that password, or with none", "[sweep]") {
  check_none(sweep_crashes(scene_with<CreateScene>([](CreateScene& scene) { scene.plan.credentials_file.clear(); }), Crashes::one));
}

TEST_CASE("a crash anywhere in a create whose configuration goes into a file ends with that file whole, or with none", "[sweep]") {
  const auto with_file = [](CreateScene& scene) {
    scene.plan.configuration_file = "/var/lib/shop/acme.config.json";
    scene.plan.configuration = {{"colour", "blue"}};
  };
  check_none(sweep_crashes(scene_with<CreateScene>(with_file), Crashes::one));
  check_none(sweep_failures(scene_with<CreateScene>(with_file)));
}

TEST_CASE("a file that is somebody else's keeps a configuration from being written, and stays") {
  CreateScene scene;
  scene.plan.configuration_file = "/var/lib/shop/acme.config.json";
  scene.credentials.foreign.insert(scene.plan.configuration_file);

  check_undone(scene, ErrorCode::foreign_object);

  CHECK(scene.credentials.foreign.contains(scene.plan.configuration_file));
}

TEST_CASE("a crash anywhere in a create whose tenant never answers ends with none", "[sweep]") {
  check_none(sweep_crashes(scene_with<CreateScene>([](CreateScene& scene) {
                             scene.http.answer.status = 502;
                             scene.plan.ping.limit = std::chrono::milliseconds{0};
                           }),
                           Crashes::one));
}

TEST_CASE("any call of a whole create may fail or lose its answer", "[sweep]") {
  check_none(sweep_failures(scene_with<CreateScene>([](CreateScene&) {})));
}

TEST_CASE("after_create runs as the tenant's login, which works by then, with what it needs in its environment alone") {
  CreateScene scene;
  scene.plan.after_create = {
      .argv = {"./manage.py", "migrate"}, .host = "app1", .folder = "/srv/shop", .limit = std::chrono::milliseconds{1234}};

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::succeeded);
  REQUIRE(scene.shell.commands.size() == 1);
  const auto& command = scene.shell.commands.front();
  CHECK(command.argv == std::vector<std::string>{"./manage.py", "migrate"});
  CHECK(command.folder == "/srv/shop");
  CHECK(command.limit == std::chrono::milliseconds{1234});
  CHECK(command.input.empty());
  CHECK(command.environment ==
        std::vector<std::string>{"TENANT_ID=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "TENANT_CODE=A2B3C4D5", "TENANT_SLUG=acme",
                                 "TENANT_COMPANY=Acme \"{{x}}\"; drop table", "TENANT_EMAIL=admin@acme.test", "TENANT_PLAN=trial",
                                 "TENANT_HOST=acme.yourapp.test", "TENANT_DATABASE=shop_a2b3c4d5",
                                 "DATABASE_URL=postgresql://shop_a2b3c4d5:" + scene.login().password + "@db/shop_a2b3c4d5"});
}

TEST_CASE("an after_create that fails undoes everything, and its last words are told without the password") {
  CreateScene scene;
  scene.plan.after_create.argv = {"./manage.py", "migrate"};
  scene.shell.outcome = {.exit_status = 3, .signal = 0, .out = "", .err = "one\ntwo\nthree\nfour PASSWORD\nURL\n"};
  scene.shell.on_run = [&](ShellOutcome& outcome) {
    outcome.err.replace(outcome.err.find("PASSWORD"), 8, scene.login().password);
    outcome.err.replace(outcome.err.find("URL"), 3, scene.shell.commands.back().environment.back());
  };

  check_undone(scene, ErrorCode::process_failed);

  CHECK(scene.journal.cause()->message == "\"./manage.py migrate\" ended with 3: three four ******** DATABASE_URL=********");
}

TEST_CASE("a crash anywhere in a create with after_create ends live, with the command run to its end, or with nothing left", "[sweep]") {
  check_none(sweep_crashes(scene_with<CreateScene>([](CreateScene& scene) { scene.plan.after_create.argv = {"migrate"}; }), Crashes::one));
}

TEST_CASE("without after_create no host is asked for") {
  CreateScene scene;
  REQUIRE(scene.create().has_value());
  CHECK(scene.shell.commands.empty());
}
