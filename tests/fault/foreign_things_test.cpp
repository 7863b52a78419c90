// Something that is not ours stands where an unfinished create wants to go on: a conflict that names it; it stays as it is,
// under resume and under rollback alike.
#include <catch2/catch.hpp>

#include <functional>

#include "support/live_sandbox.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

/// What the unfinished create of "wanted" would make, from its journal.
nlohmann::json wanted() {
  const auto rows = LiveSandbox::get().sql("select parameters from operations where slug = 'wanted' and state = 'running'", "tenantctl");
  REQUIRE(rows.size() == 1);
  return nlohmann::json::parse(rows.front());
}

struct Stranger {
  std::string what;
  std::string stack;
  std::string killed_at;               // before the step that would make it
  std::function<std::string()> plant;  // returns its name
  std::function<bool(const std::string&)> is_there;
  std::function<void(const std::string&)> take_away;
};

bool answers_one(const std::string& statement) { return LiveSandbox::get().sql(statement) == std::vector<std::string>{"1"}; }

Stranger stranger_database() {
  return {"database",
          "demo",
          "database:before_effect",
          [] {
            const auto name = wanted()["database"]["name"].get<std::string>();
            LiveSandbox::get().sql("create database " + name);
            return name;
          },
          [](const std::string& name) { return answers_one("select 1 from pg_database where datname = '" + name + "'"); },
          [](const std::string& name) { LiveSandbox::get().sql("drop database " + name); }};
}

Stranger stranger_schema() {
  return {"schema",
          "shared",
          "database:before_effect",
          [] {
            const auto name = wanted()["database"]["schema"].get<std::string>();
            if (LiveSandbox::get().sql("select 1 from pg_database where datname = 'sandbox_shared'").empty())
              LiveSandbox::get().sql("create database sandbox_shared");
            LiveSandbox::get().sql("create schema " + name, "sandbox_shared");
            LiveSandbox::get().sql("create table " + name + ".kept ()", "sandbox_shared");
            return name;
          },
          [](const std::string& name) {
            return LiveSandbox::get().sql("select 1 from pg_tables where schemaname = '" + name + "'", "sandbox_shared").size() == 1;
          },
          [](const std::string& name) { LiveSandbox::get().sql("drop schema " + name + " cascade", "sandbox_shared"); }};
}

Stranger stranger_role() {
  return {"role",
          "demo",
          "roles:before_effect",
          [] {
            const auto name = wanted()["database"]["login"].get<std::string>();
            LiveSandbox::get().sql("create role " + name);
            return name;
          },
          [](const std::string& name) { return answers_one("select 1 from pg_roles where rolname = '" + name + "'"); },
          [](const std::string& name) { LiveSandbox::get().sql("drop role " + name); }};
}

Stranger stranger_file(const std::string& what, const std::string& killed_at, const std::function<std::string()>& path) {
  return {what,
          "demo",
          killed_at,
          [path] {
            const auto file = path();
            write_text(file, "somebody else's\n");
            return file;
          },
          [](const std::string& file) { return read_text(file) == "somebody else's\n"; },
          [](const std::string& file) { std::filesystem::remove(file); }};
}

std::vector<Stranger> strangers() {
  return {stranger_database(), stranger_schema(), stranger_role(),
          stranger_file("route", "route:before_effect", [] { return wanted()["route_files"][0].get<std::string>(); }),
          stranger_file("credentials", "credentials:before_effect", [] { return wanted()["credentials_file"].get<std::string>(); })};
}

/// Killed early and right before it would be met, then finished or undone.
void check_survives(const Stranger& stranger) {
  auto& sandbox = LiveSandbox::get();
  for (const auto& point : std::vector<std::string>{"open:after_mark", stranger.killed_at}) {
    for (const std::string verb : {"resume", "rollback"}) {
      INFO(stranger.what << " after a kill at " << point << ", then " << verb);
      REQUIRE(sandbox.run({"create", "wanted", "--stack", stranger.stack, "--email", "a@wanted.test"}, {"TENANTCTL_FAILPOINT=" + point})
                  .status == 137);
      const auto name = stranger.plant();

      const auto said = sandbox.run({verb, "wanted", "--yes", "-o", "json"});

      INFO(said.out << said.err);
      if (verb == "resume") {
        CHECK(said.status == 5);
        CHECK(said.error()["code"] == "foreign_object");
        CHECK_THAT(said.error()["message"].get<std::string>(), Catch::Contains(name));
      } else {
        CHECK(said.status == 0);
      }
      CHECK(stranger.is_there(name));
      stranger.take_away(name);
      REQUIRE(sandbox.inventory() == Inventory{});
      Tally::get().add("foreign " + stranger.what);
    }
  }
}

}  // namespace

TEST_CASE("what is not ours is a conflict at resume, is named, and survives resume and rollback", "[foreign]") {
  for (const auto& stranger : strangers()) check_survives(stranger);
}

TEST_CASE("a server block that is not ours is a conflict at resume, is named, and survives resume and rollback", "[foreign][blocks]") {
  const ServerBlockMode mode;
  check_survives(stranger_file("server block", "route:before_effect", [] { return ServerBlockMode::file_of("wanted").string(); }));
}

TEST_CASE("a database that was given away since is left alone by rollback, and named", "[foreign]") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("wanted");
  const auto name = sandbox.sql("select datname from pg_database where datname like 'demo_%'").front();
  sandbox.sql("alter database " + name + " owner to tenantctl");

  const auto said = sandbox.run({"rollback", "wanted", "--yes", "-o", "json"});

  INFO(said.err);
  CHECK(said.status == 11);
  CHECK_THAT(said.err, Catch::Contains(name));
  CHECK(answers_one("select 1 from pg_database where datname = '" + name + "'"));
  // Once its new owner has moved it away, the rollback can end.
  sandbox.sql("drop database " + name);
  const auto again = sandbox.run({"rollback", "wanted", "--yes", "-o", "json"});
  INFO(again.err);
  CHECK(again.status == 0);
  REQUIRE(sandbox.inventory() == Inventory{});
  Tally::get().add("foreign database");
}
