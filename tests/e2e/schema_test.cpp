// Tenants that share a database, as operators see them: the sandbox's stack "shared". Real binary, real PostgreSQL, nginx and
// application.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;

namespace {

const std::vector<std::string> k_shared{"--stack", "shared"};

nlohmann::json create(const std::string& slug, std::vector<std::string> more = {}) {
  more.insert(more.end(), k_shared.begin(), k_shared.end());
  return LiveSandbox::get().create(slug, more);
}

nlohmann::json doctor_says(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"doctor", "-o", "json"});
  return LiveSandbox::get().run(more).json();
}

}  // namespace

TEST_CASE("a tenant of a shared database is live, with its own rows, company and plan, and leaves nothing when it goes") {
  auto& sandbox = LiveSandbox::get();

  const auto made = create("pico", {"--company", "Pico & Co", "--plan", "starter", "--set", "currency=EUR"});
  create("nano", {"--company", "Nano"});

  CHECK_THAT(sandbox.get("pico.yourapp.test"), Catch::StartsWith("200\n") && Catch::Contains("Pico &amp; Co") &&
                                                   Catch::Contains("plan starter") && Catch::Contains("440 couriers"));
  CHECK_THAT(sandbox.get("nano.yourapp.test"), Catch::StartsWith("200\n") && Catch::Contains("<h1>Nano</h1>"));
  const auto shown = sandbox.run({"show", "pico", "-o", "json"}).json()["tenant"];
  CHECK(shown["database"] == "sandbox_shared");
  const auto schema = shown["schema"].get<std::string>();
  CHECK_THAT(schema, Catch::StartsWith("shared_"));
  CHECK_THAT(sandbox.run({"show", "pico"}).out, Catch::Contains("sandbox_shared, schema " + schema));
  CHECK(sandbox.sql("select value from " + schema + ".tenantctl_settings where key = 'currency'", "sandbox_shared") ==
        std::vector<std::string>{"EUR"});
  const auto credentials = nlohmann::json::parse(read_text(made["credentials"]["file"].get<std::string>()));
  CHECK(credentials["database"] == "sandbox_shared");
  CHECK(credentials["schema"] == schema);
  sandbox.remove("pico");
  CHECK_THAT(sandbox.get("nano.yourapp.test"), Catch::StartsWith("200\n"));
  sandbox.remove("nano");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a dry run of a schema says what would be made, and makes not even the shared database") {
  auto& sandbox = LiveSandbox::get();
  sandbox.sql("drop database if exists sandbox_shared with (force)");

  const auto dry = sandbox.run({"create", "maybe", "--stack", "shared", "--email", "a@maybe.test", "--dry-run"});

  INFO(dry.err);
  CHECK(dry.status == 0);
  CHECK_THAT(dry.out, Catch::Contains("in database \"sandbox_shared\" from the files of stack \"shared\""));
  CHECK(sandbox.sql("select 1 from pg_database where datname = 'sandbox_shared'").empty());
}

TEST_CASE("a schema file that fails is named, and its tenant is undone to the last grant") {
  auto& sandbox = LiveSandbox::get();
  const auto file = sandbox.dir() / "stacks/demo/schema.sql";
  const auto whole = read_text(file);
  write_text(file, whole + "\ncreate tabel oops ();\n");

  const auto failed = sandbox.run({"create", "broken", "--stack", "shared", "--email", "a@broken.test", "-o", "json"});
  write_text(file, whole);

  CHECK(failed.status == 1);
  CHECK_THAT(failed.error()["message"].get<std::string>(), Catch::Contains("file \"schema.sql\" line"));
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("doctor misses a live tenant's schema, removes an orphaned one, and leaves a foreign one") {
  auto& sandbox = LiveSandbox::get();
  create("bare");
  const auto schema = sandbox.run({"show", "bare", "-o", "json"}).json()["tenant"]["schema"].get<std::string>();
  CHECK(doctor_says()["ok"] == true);
  sandbox.sql("alter schema " + schema + " rename to elsewhere", "sandbox_shared");

  const auto missing = doctor_says()["missing"];

  REQUIRE(missing.size() == 1);
  CHECK(missing[0]["kind"] == "schema");
  CHECK(missing[0]["name"] == "sandbox_shared." + schema);
  sandbox.sql("alter schema elsewhere rename to " + schema, "sandbox_shared");

  // An orphan: the control database forgets the tenant, as one restored from yesterday would.
  sandbox.sql("create schema foreign_one", "sandbox_shared");
  for (const std::string statement :
       {"delete from tenants where slug = 'bare'", "update operations set state = 'undone' where slug = 'bare' and state = 'succeeded'"}) {
    sandbox.sql(statement, "tenantctl");
  }
  const auto orphans = doctor_says()["orphans"];
  CHECK(std::ranges::any_of(orphans, [&](const auto& orphan) {
    return orphan["kind"] == "schema" && orphan["name"] == "sandbox_shared." + schema && orphan["slug"] == "bare";
  }));
  const auto fixed = doctor_says({"--fix", "--yes"});
  INFO(fixed.dump(1));
  CHECK(fixed["ok"] == true);
  CHECK(sandbox.sql("select nspname from pg_namespace where nspname in ('foreign_one', '" + schema + "')", "sandbox_shared") ==
        std::vector<std::string>{"foreign_one"});
  sandbox.sql("drop schema foreign_one", "sandbox_shared");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("doctor tells a shared database that is open to everybody, and is content once it is closed") {
  auto& sandbox = LiveSandbox::get();
  create("pico");
  const auto check = [] {
    const auto checks = doctor_says()["checks"];
    const auto found = std::ranges::find(checks, "shared database sandbox_shared", [](const auto& entry) { return entry["check"]; });
    REQUIRE(found != checks.end());
    return *found;
  };
  CHECK(check()["ok"] == true);

  for (const auto& [grant, on, words] : {std::tuple{"connect", "database sandbox_shared", "CONNECT"},
                                         {"temporary", "database sandbox_shared", "TEMPORARY"},
                                         {"create", "database sandbox_shared", "CREATE"},
                                         {"create", "schema public", "schema \"public\""}}) {
    INFO(grant << " on " << on);
    sandbox.sql(fmt::format("grant {} on {} to public", grant, on), "sandbox_shared");
    const auto open = check();
    sandbox.sql(fmt::format("revoke {} on {} from public", grant, on), "sandbox_shared");
    CHECK(open["ok"] == false);
    CHECK_THAT(open["detail"].template get<std::string>(), Catch::Contains("everybody") && Catch::Contains(words));
    CHECK_THAT(open["hint"].template get<std::string>(), Catch::Contains("psql -d sandbox_shared"));
  }

  CHECK(check()["ok"] == true);
  sandbox.remove("pico");
}
