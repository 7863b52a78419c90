// `migrate` of stacks that migrate themselves, by a command of their own. Real binary, real PostgreSQL, nginx and application.
#include <catch2/catch.hpp>

#include "support/changed_config.hpp"
#include "support/migrated.hpp"

using namespace tenantctl::test;
using Catch::Contains;

TEST_CASE("a stack's own command is run once for each tenant and version, with the tenant's login, where that can log in") {
  Migrated world({"ant", "bee"});
  auto& sandbox = world.sandbox;
  const auto stating = [](const std::string& version) {
    return config_with_demo_keys(
        "    migrate_command: [\"sh\", \"-c\", \"psql -X -q $DATABASE_URL -c \\\"create table if not exists traces (who text); insert into "
        "traces values ('$TENANT_SLUG')\\\"\"]\n"
        "    schema_version: \"" +
            version + "\"\n",
        LiveSandbox::get().dir() / "tenantctl.yaml");
  };
  sandbox.use(stating("2026-11-01"));
  CHECK(sandbox.run({"suspend", "bee", "--no-backup"}).status == 0);

  const auto first = world.migrate(0);
  const auto again = world.migrate(0);

  CHECK(world.line(first, "ant")["result"] == "migrated");
  CHECK(world.line(first, "ant")["to"] == "2026-11-01");
  CHECK(world.line(first, "bee")["result"] == "closed");
  CHECK(again["up_to_date"] == 1);
  CHECK(sandbox.sql("select who from traces", world.database("ant")) == std::vector<std::string>{"ant"});
  CHECK(sandbox.run({"activate", "bee"}).status == 0);
  CHECK(world.line(world.migrate(0), "bee")["result"] == "migrated");
  sandbox.use(stating("2026-12-01"));
  CHECK_THAT(sandbox.run({"migrate", "status"}).out, Contains("2026-11-01") && Contains("behind"));
  CHECK(world.migrate(0)["migrated"] == 2);
  CHECK(sandbox.sql("select count(*) from traces", world.database("ant")) == std::vector<std::string>{"2"});

  const auto password = nlohmann::json::parse(read_text(sandbox.dir() / "credentials/demo/ant.json"))["password"].get<std::string>();
  sandbox.use(
      config_with_demo_keys("    migrate_command: [\"sh\", \"-c\", \"echo $DATABASE_URL >&2; exit 3\"]\n    schema_version: \"2027\"\n",
                            sandbox.dir() / "tenantctl.yaml"));
  const auto failed = sandbox.run({"migrate", "--stack", "demo", "-o", "json"});
  CHECK(failed.status == 1);
  CHECK_THAT(failed.out, Contains("ended with 3") && !Contains(password));
  CHECK(sandbox.sql("select count(*) from tenants where schema_error like '%" + password + "%'", "tenantctl") ==
        std::vector<std::string>{"0"});
  sandbox.use({});
}
