// `create` as operators use it: the real binary on a real PostgreSQL, nginx and application.
#include <sys/stat.h>
#include <catch2/catch.hpp>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;

TEST_CASE("a created tenant is live, with its own database, rows, company and plan") {
  auto& sandbox = LiveSandbox::get();

  const auto made =
      sandbox.create("acme", {"--company", "Acme & Söhne \"Ltd\"", "--plan", "starter", "--set", "currency=EUR", "--owner", "jane"});

  const auto page = sandbox.get("acme.yourapp.test");
  CHECK_THAT(page, Catch::StartsWith("200\n") && Catch::Contains("Acme &amp; Söhne") && Catch::Contains("plan starter") &&
                       Catch::Contains("440 couriers"));
  CHECK_THAT(sandbox.get("api.acme.yourapp.test", "/api/method/ping"), Catch::Contains("pong"));
  const auto tenant = made["tenant"];
  CHECK(tenant["status"] == "active");
  CHECK(tenant["trial_ends_at"].is_null());
  const auto shown = sandbox.run({"show", tenant["code"].get<std::string>(), "-o", "json"}).json()["tenant"];
  CHECK(shown["company_name"] == "Acme & Söhne \"Ltd\"");
  CHECK(shown["configuration"]["currency"] == "EUR");
  CHECK(shown["owner"] == "jane");
  CHECK(sandbox.sql("select value from tenantctl.settings where key = 'currency'", tenant["database"]) == std::vector<std::string>{"EUR"});
  sandbox.remove("acme");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a trial ends as many days after the creation as its plan says") {
  auto& sandbox = LiveSandbox::get();

  sandbox.create("trialist");

  CHECK(sandbox.sql("select trial_ends_at - activated_at between interval '14 days' - interval '1 minute' and interval '14 days' from "
                    "tenants where slug = 'trialist'",
                    "tenantctl") == std::vector<std::string>{"t"});
  sandbox.remove("trialist");
}

TEST_CASE("tenants can't enter each other's databases, nor anybody without a password") {
  auto& sandbox = LiveSandbox::get();
  const auto a = sandbox.create("alpha")["tenant"]["database"].get<std::string>();
  const auto b = sandbox.create("beta")["tenant"]["database"].get<std::string>();

  CHECK(sandbox.sql("select has_database_privilege('" + a + "', '" + a + "', 'connect')").front() == "t");
  CHECK(sandbox.sql("select has_database_privilege('" + a + "', '" + b + "', 'connect')").front() == "f");
  CHECK(sandbox.sql("select count(*) from pg_database, aclexplode(datacl) where datname in ('" + a + "', '" + b + "') and grantee = 0")
            .front() == "0");
  CHECK(sandbox.sql("select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = '" + a + "'").front() == "t");
  CHECK(sandbox.sql("select rolcanlogin from pg_authid where rolname = '" + a + "_owner'").front() == "f");
  sandbox.remove("alpha");
  sandbox.remove("beta");
}

TEST_CASE("the password is in one 0600 file and nowhere else") {
  auto& sandbox = LiveSandbox::get();
  const auto made = sandbox.create("secretive");
  const std::filesystem::path file = made["credentials"]["file"];
  struct stat info = {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const auto password = nlohmann::json::parse(read_text(file))["password"].get<std::string>();
  REQUIRE(password.size() >= 24);

  CHECK(made.dump().find(password) == std::string::npos);
  const auto shown = sandbox.run({"operations", "show", made["operation"].get<std::string>(), "-o", "json"});
  CHECK(shown.out.find(password) == std::string::npos);
  for (const auto* table : {"operations", "step_events", "tenants", "tenant_configurations", "audit_log"}) {
    CHECK(sandbox.sql("select count(*) from " + std::string(table) + " t where t::text like '%" + password + "%'", "tenantctl").front() ==
          "0");
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sandbox.dir())) {
    if (entry.path().extension() != ".log") continue;
    INFO(entry.path());
    CHECK(read_text(entry.path()).find(password) == std::string::npos);
  }
  sandbox.remove("secretive");
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("with --print-credentials the password is shown once and is in no file") {
  auto& sandbox = LiveSandbox::get();
  // The demo app reads credential files, so the tenant's ping can't answer without one.
  const auto made =
      sandbox.run({"create", "printed", "--email", "a@printed.test", "--print-credentials", "-o", "json", "--keep-on-failure"});

  CHECK(made.status == 10);
  CHECK(sandbox.inventory() != Inventory{});
  CHECK_FALSE(std::filesystem::exists(sandbox.dir() / "credentials/demo/printed.json"));
  REQUIRE(sandbox.run({"rollback", "printed"}).status == 0);
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a second create of the same name is a conflict and leaves the first untouched") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("twice");
  const auto before = sandbox.inventory();

  const auto second = sandbox.run({"create", "twice", "--email", "b@twice.test", "-o", "json"});

  CHECK(second.status == 5);
  CHECK(second.error()["code"] == "tenant_exists");
  CHECK_THAT(second.error()["message"].get<std::string>(), Catch::Contains("tenant \"twice\" exists already"));
  CHECK(sandbox.inventory() == before);
  CHECK_THAT(sandbox.get("twice.yourapp.test"), Catch::StartsWith("200\n"));
  sandbox.remove("twice");
}

TEST_CASE("a dry run says what would be done and changes nothing") {
  auto& sandbox = LiveSandbox::get();
  const auto operations = sandbox.sql("select count(*) from operations", "tenantctl");

  const auto dry = sandbox.run({"create", "maybe", "--email", "a@maybe.test", "--dry-run", "-o", "json"});

  REQUIRE(dry.status == 0);
  CHECK(dry.json()["steps"].size() >= 7);
  CHECK(sandbox.inventory().empty());
  CHECK(sandbox.sql("select count(*) from operations", "tenantctl") == operations);
}

TEST_CASE("an idempotency key returns the first outcome, and refuses other parameters") {
  auto& sandbox = LiveSandbox::get();
  const auto first = sandbox.create("once", {"--idempotency-key", "order-17"});

  const auto again = sandbox.create("once", {"--idempotency-key", "order-17"});
  const auto other = sandbox.run({"create", "once-more", "--email", "a@b.test", "--idempotency-key", "order-17", "-o", "json"});

  CHECK(again["repeated"] == true);
  CHECK(again["operation"] == first["operation"]);
  CHECK(other.status == 5);
  CHECK(other.error()["code"] == "idempotency_mismatch");
  sandbox.remove("once");
}

TEST_CASE("rollback of a finished create asks, and without a terminal needs --yes") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("asked");

  const auto refused = sandbox.run({"rollback", "asked", "-o", "json"});

  CHECK(refused.status == 2);
  CHECK(refused.error()["code"] == "confirmation_required");
  CHECK_THAT(sandbox.get("asked.yourapp.test"), Catch::StartsWith("200\n"));
  sandbox.remove("asked");
  CHECK(sandbox.get("asked.yourapp.test").empty());
  const auto again = sandbox.run({"rollback", "asked", "--yes"});
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Catch::Contains("undone already"));
}

TEST_CASE("the journal tells every step of a create, with its marks") {
  auto& sandbox = LiveSandbox::get();
  const auto made = sandbox.create("journaled");

  const auto shown = sandbox.run({"operations", "show", made["operation"].get<std::string>(), "-o", "json"}).json()["operation"];

  CHECK(shown["state"] == "succeeded");
  CHECK(shown["events"].size() == 2 * made["steps"].size());
  CHECK(sandbox.run({"operations", "list", "--tenant", "journaled", "-o", "json"}).json()["operations"].size() == 1);
  sandbox.remove("journaled");
}

TEST_CASE("list filters and pages") {
  auto& sandbox = LiveSandbox::get();
  for (const auto* slug : {"list-a", "list-b", "list-c"})
    sandbox.create(slug, {"--plan", slug == std::string("list-c") ? "starter" : "trial"});

  const auto page = sandbox.run({"list", "--plan", "trial", "--limit", "1", "--offset", "1", "-o", "json"}).json();

  CHECK(page["total"] == 2);
  REQUIRE(page["tenants"].size() == 1);
  CHECK(page["tenants"][0]["slug"] == "list-b");
  CHECK(sandbox.run({"list", "--status", "suspended", "-o", "json"}).json()["total"] == 0);
  CHECK(sandbox.run({"list", "--status", "happy"}).status == 2);
  for (const auto* slug : {"list-a", "list-b", "list-c"}) sandbox.remove(slug);
}
