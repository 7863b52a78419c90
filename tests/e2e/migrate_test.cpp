// `migrate` and `migrate status`, as operators see them. Real binary, real PostgreSQL, nginx and application.
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/background.hpp"
#include "support/changed_config.hpp"
#include "support/migrated.hpp"

using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Fails in the databases that have a table `fails`, and in no others.
const std::string k_fails_somewhere =
    "do $$ begin if to_regclass('public.fails') is not null then raise 'this one does not like it'; end if; end $$;";

void make_it_fail(const Migrated& world, const std::string& slug) {
  world.sandbox.sql("create table public.fails ()", world.database(slug));
}

}  // namespace

TEST_CASE("every tenant of a stack is migrated once, a canary first, and a repeat connects to nobody's server") {
  Migrated world({"ant", "bee", "cat"});
  auto& sandbox = world.sandbox;
  world.write("0001_ratings.sql", "create table ratings (stars int);");
  world.write("0002_more.sql", "alter table ratings add column who text; insert into ratings values (5, 'all');");

  const auto dry = world.migrate(0, {"--dry-run"});
  CHECK(world.noted("ant").empty());
  const auto first = world.migrate(0, {"--jobs", "2"});

  CHECK(dry["behind"] == 3);
  CHECK(first["migrated"] == 3);
  CHECK(first["tenants"][0]["slug"] == "ant");
  CHECK(first["tenants"][0]["canary"] == true);
  CHECK(first["tenants"][1]["canary"] == false);
  CHECK(first["tenants"][1]["from"] == "0000");
  CHECK(first["tenants"][1]["to"] == "0002");
  for (const auto* slug : {"ant", "bee", "cat"}) {
    CHECK(world.noted(slug) == std::vector<std::string>{"0001_ratings.sql", "0002_more.sql"});
    CHECK(sandbox.sql("select count(*) from ratings", world.database(slug)) == std::vector<std::string>{"1"});
    CHECK(sandbox.is_live(slug));
  }
  CHECK_THAT(sandbox.run({"audit", "ant"}).out, Contains("migrate.succeeded"));
  CHECK(sandbox.run({"doctor"}).status == 0);

  const auto everywhere = sandbox.config();
  sandbox.use(changed_config("unreachable.yaml",
                             {{"local: { url: \"postgresql:///postgres?host=", "local: { url: \"postgresql:///postgres?host=/nowhere"}}));
  const auto again = world.migrate(0);
  const auto status = sandbox.run({"migrate", "status", "-o", "json"});
  sandbox.use(everywhere);
  CHECK(again["up_to_date"] == 3);
  CHECK(again["tenants"].empty());
  CHECK(status.json()["stacks"][0]["versions"] ==
        nlohmann::json::array({{{"version", "0002"}, {"tenants", 3}, {"failed", 0}, {"state", "current"}}}));
}

TEST_CASE("a canary that fails leaves all others untouched, and what was wrong is told; the repeat goes on from there") {
  Migrated world({"ant", "bee", "cat"});
  make_it_fail(world, "ant");
  world.write("0001_fine.sql", "create table fine (id int);");
  world.write("0002_odd.sql", k_fails_somewhere);

  const auto failed = world.migrate(1, {"--jobs", "3", "--max-failures", "5"});

  CHECK(failed["failed"] == 1);
  CHECK(failed["behind"] == 2);
  const auto canary = world.line(failed, "ant");
  CHECK(canary["to"] == "0001");
  CHECK(canary["error"]["code"] == "sql_failed");
  CHECK_THAT(canary["error"]["message"].get<std::string>(), Contains("0002_odd.sql") && Contains("this one does not like it"));
  CHECK(world.noted("ant") == std::vector<std::string>{"0001_fine.sql"});
  CHECK(world.noted("bee").empty());
  CHECK_THAT(world.sandbox.run({"migrate", "status"}).out, Contains("0001") && Contains("0000"));
  CHECK_THAT(world.sandbox.run({"audit", "ant"}).out, Contains("migrate.failed"));

  world.sandbox.sql("drop table public.fails", world.database("ant"));
  const auto again = world.migrate(0);
  CHECK(again["migrated"] == 3);
  CHECK(world.line(again, "ant")["from"] == "0001");
  CHECK(world.noted("cat").size() == 2);
}

TEST_CASE("after the canaries, no more are begun once as many have failed as may") {
  Migrated world({"ant", "bee", "cat", "dog"});
  make_it_fail(world, "bee");
  make_it_fail(world, "cat");
  world.write("0001_odd.sql", k_fails_somewhere);

  const auto stopped = world.migrate(1, {"--jobs", "1"});
  CHECK(stopped["migrated"] == 1);
  CHECK(stopped["failed"] == 1);
  CHECK(stopped["behind"] == 2);
  const auto patient = world.migrate(1, {"--canary", "0", "--jobs", "1", "--max-failures", "10"});
  CHECK(patient["migrated"] == 1);
  CHECK(patient["failed"] == 2);
  CHECK(patient["up_to_date"] == 1);
}

TEST_CASE("a file that is wrong as such is found in the template, before any tenant") {
  Migrated world({"ant"});
  world.write("0001_wrong.sql", "create table fine (id int);\nselect from nowhere;");

  const auto failed = world.migrate(1);

  CHECK_THAT(failed["error"]["message"].get<std::string>(),
             Contains("no tenant was touched") && Contains("0001_wrong.sql") && Contains("line 2"));
  CHECK(failed["behind"] == 1);
  CHECK(world.noted("ant").empty());
  CHECK(world.sandbox.sql("select count(*) from pg_database where datname like '%\\_b'") == std::vector<std::string>{"0"});
}

TEST_CASE("a file that was changed after tenants got it is refused before anything is touched, and so is a gap") {
  Migrated world({"ant", "bee"});
  auto& sandbox = world.sandbox;
  world.write("0001_fine.sql", "create table fine (id int);");
  world.migrate(0);
  world.write("0001_fine.sql", "create table finer (id int);");
  world.write("0002_next.sql", "create table next (id int);");

  const auto edited = sandbox.run({"migrate", "-o", "json"});
  const auto status = sandbox.run({"migrate", "status"});
  fs::remove(world.folder / "0001_fine.sql");
  const auto gap = sandbox.run({"migrate", "-o", "json"});
  fs::remove(world.folder / "0002_next.sql");
  const auto gone = sandbox.run({"migrate", "-o", "json"});

  CHECK(edited.status == 5);
  CHECK_THAT(edited.error()["message"].get<std::string>(), Contains("up to 0001") && Contains("2 tenants"));
  CHECK_THAT(status.out, Contains("other files"));
  CHECK(gap.status == 3);
  CHECK(gone.status == 5);
  CHECK(world.noted("ant") == std::vector<std::string>{"0001_fine.sql"});
}

TEST_CASE("new tenants come with all migrations and are known to have them, of the pool too") {
  Migrated world({"ant"});
  auto& sandbox = world.sandbox;
  sandbox.use(config_with_demo_keys("    pool: { size: 2, low_water: 0 }\n"));
  CHECK(sandbox.run({"pool", "fill"}).status == 0);
  world.write("0001_fine.sql", "create table fine (id int);");
  CHECK(sandbox.run({"migrate", "status", "-o", "json"}).json()["stacks"][0]["pool"]["stale"] == 2);

  const auto migrated = world.migrate(0);

  CHECK(migrated["pool"] == nlohmann::json{{"filled", 2}, {"dropped", 2}});
  const auto pooled = sandbox.create("pooled");
  CHECK(pooled["steps"][0]["step"] == "pooled");
  CHECK(sandbox.run({"--yes", "pool", "drain"}).status == 0);
  sandbox.create("cloned");
  const auto nobody = world.migrate(0);
  CHECK(nobody["up_to_date"] == 3);
  CHECK(nobody["tenants"].empty());
  for (const auto* slug : {"pooled", "cloned"}) {
    CHECK(world.noted(slug) == std::vector<std::string>{"0001_fine.sql"});
    sandbox.remove(slug);
  }
  sandbox.use({});
}

TEST_CASE("suspended and cancelled tenants are migrated and stay closed, deleted ones are left out") {
  Migrated world({"ant", "bee", "cat"});
  auto& sandbox = world.sandbox;
  CHECK(sandbox.run({"suspend", "ant", "--no-backup"}).status == 0);
  CHECK(sandbox.run({"--yes", "cancel", "bee", "--no-backup"}).status == 0);
  CHECK(sandbox.run({"--yes", "delete", "cat", "--no-backup"}).status == 0);
  world.write("0001_fine.sql", "create table fine (id int);");

  const auto migrated = world.migrate(0);

  CHECK(migrated["migrated"] == 2);
  CHECK(world.noted("ant").size() == 1);
  CHECK(sandbox.run({"show", "ant", "-o", "json"}).json()["tenant"]["status"] == "suspended");
  CHECK_FALSE(sandbox.is_live("ant"));
  CHECK(sandbox.run({"activate", "ant"}).status == 0);
  CHECK(sandbox.is_live("ant"));
  sandbox.free_names();
  sandbox.run({"--yes", "delete", "bee", "--no-backup"});
  sandbox.free_names();
}

TEST_CASE("tenants that share a database are migrated each in its schema") {
  Migrated world({"ant", "bee"}, {"--stack", "shared"});
  auto& sandbox = world.sandbox;
  world.write("0001_fine.sql", "create table fine (id int);");

  const auto migrated = sandbox.run({"migrate", "--stack", "shared", "-o", "json"});
  const auto again = sandbox.run({"migrate", "--stack", "shared", "-o", "json"});
  sandbox.create("fresh", {"--stack", "shared"});

  INFO(migrated.out << migrated.err);
  CHECK(migrated.status == 0);
  CHECK(migrated.json()["stacks"][0]["migrated"] == 2);
  CHECK(again.json()["stacks"][0]["up_to_date"] == 2);
  CHECK(sandbox.sql("select count(*) from pg_tables where tablename = 'fine' and schemaname like 'shared\\_%'", "sandbox_shared") ==
        std::vector<std::string>{"3"});
  CHECK(sandbox.run({"migrate", "--stack", "shared", "-o", "json"}).json()["stacks"][0]["tenants"].empty());
  sandbox.remove("fresh");
}

TEST_CASE("one tenant can be migrated alone, and one that another operation holds is left for later with status 6") {
  Migrated world({"ant", "bee"});
  auto& sandbox = world.sandbox;
  world.write("0001_fine.sql", "create table fine (id int); select pg_sleep(0.3);");
  Background holder({"suspend", "bee", "--no-backup"}, {"TENANTCTL_FAILPOINT=open:after_mark@stop"});
  REQUIRE(holder.stopped());

  const auto alone = world.migrate(0, {"--tenant", "ant"});
  const auto held = world.migrate(6);
  holder.signal(SIGCONT);
  CHECK(holder.wait().status == 0);
  const auto later = world.migrate(0);

  CHECK(alone["migrated"] == 1);
  CHECK(alone["tenants"].size() == 1);
  CHECK(world.line(held, "bee")["error"]["code"] == "locked");
  CHECK(held["up_to_date"] == 1);
  CHECK(later["migrated"] == 1);
  CHECK(sandbox.run({"migrate", "--tenant", "nobody"}).status == 4);
  CHECK(sandbox.run({"migrate", "--stack", "nowhere"}).status == 4);
  CHECK(sandbox.run({"migrate", "--stack", "shared", "--tenant", "ant"}).status == 5);
}

TEST_CASE("two that migrate at once leave every file applied once") {
  Migrated world({"ant", "bee", "cat"});
  world.write("0001_once.sql", "create table once (id int); select pg_sleep(0.2); insert into once values (1);");
  world.write("0002_twice.sql", "insert into once values (2);");

  Background one({"migrate", "--stack", "demo", "--lock-wait", "30s"});
  Background two({"migrate", "--stack", "demo", "--lock-wait", "30s"});
  const auto first = one.wait();
  const auto second = two.wait();

  INFO(first.out << first.err << second.out << second.err);
  CHECK(first.status == 0);
  CHECK(second.status == 0);
  for (const auto* slug : {"ant", "bee", "cat"})
    CHECK(world.sandbox.sql("select count(*) from once", world.database(slug)) == std::vector<std::string>{"2"});
}

TEST_CASE("a signal lets the tenants that are being migrated finish, and begins no more") {
  Migrated world({"ant", "bee", "cat"});
  world.write(
      "0001_slow.sql",
      "create table slow (id int);\ndo $$ begin if current_database() not like 'tctl%' then perform pg_sleep(1.5); end if; end $$;");
  Background run({"migrate", "--stack", "demo", "-o", "json"});
  for (int i = 0; i < 500 && world.sandbox.sql("select 1 from pg_stat_activity where usename like '%\\_guest'").empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));

  run.signal(SIGINT);
  const auto ended = run.wait();

  CHECK(ended.status == 130);
  const auto stack = ended.json()["stacks"][0];
  CHECK(stack["migrated"] == 1);
  CHECK(stack["behind"] == 2);
  CHECK(world.noted("ant").size() == 1);
  CHECK(world.noted("bee").empty());
  CHECK(world.migrate(0)["migrated"] == 2);
}

TEST_CASE("after an old backup was restored, and in a clone of one, the next run does what is missing there") {
  Migrated world({"ant"});
  auto& sandbox = world.sandbox;
  world.write("0001_first.sql", "create table first (id int);");
  world.migrate(0);
  REQUIRE(sandbox.run({"backup", "ant"}).status == 0);
  world.write("0002_second.sql", "create table second (id int);");
  world.migrate(0);

  REQUIRE(sandbox.run({"restore", "ant", "--from", "newest", "--drop-old", "--yes"}).status == 0);
  CHECK(world.noted("ant") == std::vector<std::string>{"0001_first.sql"});
  CHECK_THAT(sandbox.run({"migrate", "status"}).out, Contains("unknown"));
  const auto again = world.migrate(0);
  CHECK(world.line(again, "ant")["from"] == "0001");
  CHECK(world.noted("ant").size() == 2);

  REQUIRE(sandbox.run({"clone", "ant", "twin", "--email", "a@b.test"}).status == 0);
  CHECK(world.line(world.migrate(0), "twin")["result"] == "up_to_date");
  CHECK(world.migrate(0)["up_to_date"] == 2);
  sandbox.remove("twin");
  fs::remove_all(sandbox.dir() / "backups");
}

TEST_CASE("a server that is out of reach is status 9, and stacks without migrations are nothing to do") {
  Migrated world({"ant"});
  auto& sandbox = world.sandbox;
  CHECK(sandbox.run({"migrate", "-o", "json"}).json()["stacks"].empty());
  CHECK(sandbox.run({"migrate", "--stack", "demo"}).status == 5);
  world.write("0001_fine.sql", "create table fine (id int);");
  const auto everywhere = sandbox.config();
  sandbox.use(changed_config("unreachable.yaml",
                             {{"local: { url: \"postgresql:///postgres?host=", "local: { url: \"postgresql:///postgres?host=/nowhere"}}));

  CHECK(sandbox.run({"migrate"}).status == 9);
  CHECK(sandbox.run({"migrate", "--tenant", "ant"}).status == 9);

  sandbox.use(everywhere);
  CHECK(world.migrate(0)["migrated"] == 1);
}
