// SIGKILL at every point of a frappe tenant's create, then resume or rollback: each ends in a live tenant or in none, with
// nothing left on the bench, its database server, nginx or here. The bench is the stand-in of tests/support/bench.
#include <catch2/catch.hpp>

#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/site_world.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

const char* const k_pool = "    pool: { size: 1 }";

CliResult create(const SiteWorld& world, const std::string& point = {}) {
  return world.tenantctl({"create", "crashed", "--email", "admin@crashed.test"},
                         point.empty() ? std::vector<std::string>{} : std::vector{"TENANTCTL_FAILPOINT=" + point});
}

/// Before and after the effect of every step, by the binary's own list.
std::vector<std::string> effects(const SiteWorld& world, const char* pipeline = "create_site") {
  auto points = world.tenantctl({"failpoints", "-o", "json"}).json()["failpoints"][pipeline].get<std::vector<std::string>>();
  std::erase_if(points, [](const std::string& point) {
    const bool of_engine = point.starts_with("open") || point.starts_with("close") || point.starts_with("turn_back");
    // This world has no zone and no certificates: see create_sweep_test.cpp.
    if (point.starts_with("dns:") || point.starts_with("certificate:")) return true;
    return of_engine || (!point.ends_with(":before_effect") && !point.ends_with(":after_effect"));
  });
  return points;
}

void check_nothing_left(const SiteWorld& world, const std::string& story) {
  const auto left = world.leftovers();
  Tally::get().add("SIGKILL in a Frappe site's create", left);
  INFO(story << (left.empty() ? "" : ": " + left.front()));
  CHECK(left.empty());
}

/// What a crash left can be finished or removed, and then nothing of it stays.
void end_with(const SiteWorld& world, const std::string& verb, const std::string& story) {
  const auto ended = world.tenantctl({verb, "crashed", "--yes"});

  INFO(ended.err);
  REQUIRE(ended.status == 0);
  if (verb == "resume") {
    CHECK_THAT(world.ask("crashed.yourapp.test", "/api/method/ping"), Contains("pong"));
    REQUIRE(world.tenantctl({"rollback", "crashed", "--yes"}).status == 0);
  }
  check_nothing_left(world, story);
}

}  // namespace

TEST_CASE("a frappe tenant's create that is killed at any point can be resumed to a live tenant, or rolled back to none", "[frappe]") {
  SiteWorld world(BenchWay::here);
  const auto points = effects(world);
  REQUIRE(points.size() >= 14);
  for (const auto& point : points) {
    for (const std::string verb : {"resume", "rollback"}) {
      Tally::get().swept(1);
      INFO(point << " then " << verb);
      REQUIRE(create(world, point).status == k_killed);

      end_with(world, verb, point + " then " + verb);
    }
  }
}

TEST_CASE("a create that is killed around taking its site out of the pool can be resumed to a live tenant, or rolled back to none",
          "[frappe][pool]") {
  SiteWorld world(BenchWay::here, k_pool);
  // What follows it is what every create of a site does.
  auto points = effects(world, "create_pooled_site");
  std::erase_if(points, [](const std::string& point) { return !point.starts_with("pooled:"); });
  REQUIRE(points.size() == 2);
  points.insert(points.begin(), "open:after_mark");
  for (const auto& point : points) {
    for (const std::string verb : {"resume", "rollback"}) {
      Tally::get().swept(1);
      INFO(point << " then " << verb);
      REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
      REQUIRE(create(world, point).status == k_killed);

      end_with(world, verb, point + " then " + verb);
    }
  }
}

TEST_CASE("a rollback that is killed around dropping what came out of the pool can be done again", "[frappe][pool]") {
  SiteWorld world(BenchWay::here, k_pool);
  for (const std::string before : {"", "pooled:before_effect", "pooled:after_effect"}) {
    for (const std::string moment : {"pooled:before_revert", "pooled:after_revert"}) {
      Tally::get().swept(1);
      INFO(before << " then " << moment);
      REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
      REQUIRE(create(world, before).status == (before.empty() ? 0 : k_killed));
      REQUIRE(world.tenantctl({"rollback", "crashed", "--yes"}, {"TENANTCTL_FAILPOINT=" + moment}).status == k_killed);

      const auto again = world.tenantctl({"rollback", "crashed", "--yes"});

      INFO(again.err);
      CHECK(again.status == 0);
      check_nothing_left(world, moment);
    }
  }
}

TEST_CASE("a fill of a pool of sites that is killed at any point is undone by the next", "[frappe][pool]") {
  SiteWorld world(BenchWay::here, k_pool);
  const auto points = effects(world, "pool_fill_site");
  REQUIRE(points.size() == 4);
  for (const auto& point : points) {
    Tally::get().swept(1);
    INFO(point);
    REQUIRE(world.tenantctl({"pool", "fill"}, {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);

    const auto again = world.tenantctl({"pool", "fill", "-o", "json"});

    INFO(again.out << again.err);
    REQUIRE(again.status == 0);
    CHECK(world.tenantctl({"pool", "status", "-o", "json"}).json()["pools"][0]["ready"] == 1);
    CHECK(world.tenantctl({"doctor"}).status == 0);
    REQUIRE(world.tenantctl({"pool", "drain", "--yes"}).status == 0);
    check_nothing_left(world, point);
  }
}

TEST_CASE("a frappe tenant's rollback that is killed at any point can be done again", "[frappe]") {
  SiteWorld world(BenchWay::here);
  for (const std::string step : {"site", "administrator", "route"}) {
    for (const std::string moment : {"before_revert", "after_revert"}) {
      REQUIRE(create(world).status == 0);
      REQUIRE(world.tenantctl({"rollback", "crashed", "--yes"}, {"TENANTCTL_FAILPOINT=" + step + ":" + moment}).status == k_killed);

      const auto again = world.tenantctl({"rollback", "crashed", "--yes"});

      INFO(again.err);
      CHECK(again.status == 0);
      check_nothing_left(world, step + ":" + moment);
    }
  }
}

TEST_CASE("a client that is killed while new-site runs on the host leaves what resume waits for, or rollback removes", "[frappe]") {
  const std::string verb = GENERATE("resume", "rollback");
  SiteWorld world(BenchWay::by_ssh);
  world.host().set_fault("pause_after_database", "3");
  // timeout(1) kills our own child alone, as an operator's `kill -9` would; the host's sshd and bench go on.
  std::thread killer;
  const auto pid_file = world.host().bench() / "client.pid";
  killer = std::thread([&] {
    for (int i = 0; i < 3000 && world.host().database().named("erp_").find("erp_") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    if (const auto pid = std::atoi(read_text(pid_file).c_str()); pid > 1) ::kill(pid, SIGKILL);
  });

  const auto killed = world.run_noting_pid({"create", "crashed", "--email", "admin@crashed.test"}, pid_file);
  killer.join();

  CHECK(killed.status == k_killed);
  std::filesystem::remove(pid_file);
  end_with(world, verb, verb);
}

TEST_CASE("a frappe tenant's change of state that is killed at any point ends wholly in one of the two", "[frappe][life]") {
  SiteWorld world(BenchWay::here);
  REQUIRE(create(world).status == 0);
  const auto made = world.tenantctl({"operations", "list", "-o", "json"}).json()["operations"][0]["id"].get<std::string>();
  const auto is_closed = [&] {
    const auto config = nlohmann::json::parse(read_text(world.host().site("api.crashed.yourapp.test") / "site_config.json"));
    return config.value("maintenance_mode", 0) == 1 && config.value("pause_scheduler", 0) == 1;
  };
  for (const std::string step : {"suspend_route", "suspend_site", "activate_site", "activate_route"}) {
    for (const std::string moment : {"before_effect", "after_effect"}) {
      for (const std::string verb : {"resume", "rollback"}) {
        const bool suspending = step.starts_with("suspend");
        const auto point = step + ":" + moment;
        INFO(point << " then " << verb);
        REQUIRE(world.tenantctl({suspending ? "activate" : "suspend", "crashed"}).status == 0);
        REQUIRE(world.tenantctl({suspending ? "suspend" : "activate", "crashed"}, {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);

        const auto ended = world.tenantctl({verb, "crashed", "--yes"});

        INFO(ended.err);
        REQUIRE(ended.status == 0);
        const bool closed = suspending == (verb == "resume");
        CHECK(is_closed() == closed);
        CHECK_THAT(world.ask("crashed.yourapp.test", "/api/method/ping"), closed ? Contains("Account suspended") : Contains("pong"));
        Tally::get().swept(1);
        Tally::get().add("SIGKILL at a failpoint of a change of state");
      }
    }
  }
  REQUIRE(world.tenantctl({"rollback", made, "--yes"}).status == 0);  // its database is on the server that all worlds share
  CHECK(world.leftovers().empty());
}
