// SIGKILL at every point of a create that the binary itself lists, then resume or rollback, and a second kill during that:
// each ends in a live tenant or in none, with nothing left over. Real binary, real PostgreSQL, nginx and application; for the
// sandbox's two stacks: "demo" gives a tenant a database, "shared" a schema of a database that tenants share.
#include <catch2/catch.hpp>

#include "support/live_sandbox.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

std::vector<std::string> failpoints() { return LiveSandbox::get().run({"failpoints", "-o", "json"}).json()["failpoints"].get<std::vector<std::string>>(); }

std::string at(const std::string& point) { return "TENANTCTL_FAILPOINT=" + point; }

CliResult create(const std::string& stack, const std::vector<std::string>& environment) {
  return LiveSandbox::get().run({"create", "crashed", "--stack", stack, "--email", "admin@crashed.test", "-o", "json"}, environment);
}

/// A point that only an undo passes: the create is made to fail, by an application that can't answer, so that it undoes.
bool is_backward(const std::string& point) { return point.find("revert") != std::string::npos || point.starts_with("turn_back"); }

/// Leaves an operation behind that was killed at `point`; false where a create does not pass it.
bool kill_at(const std::string& stack, const std::string& point) {
  if (!is_backward(point)) return create(stack, {at(point)}).status == k_killed;
  if (create(stack, {}).status != 0) return false;
  return LiveSandbox::get().run({"rollback", "crashed", "--yes"}, {at(point)}).status == k_killed;
}

void check_nothing_is_left() {
  CHECK_FALSE(LiveSandbox::get().is_live("crashed"));
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}

/// What a crash leaves can be finished or removed at any time.
void end_with(const std::string& stack, const std::string& verb, const std::string& point) {
  auto& sandbox = LiveSandbox::get();
  INFO(stack << ": " << point << " then " << verb);
  REQUIRE(kill_at(stack, point));
  const auto ended = sandbox.run({verb, "crashed", "--yes", "-o", "json"});
  INFO(ended.out << ended.err);
  // Killed after its close, a rollback is over: there is nothing to resume, and that is said.
  const bool over = point == "roles:after_revert_mark" && verb == "resume";
  CHECK(ended.status == (over ? 5 : 0));
  // Killed before its intent was recorded, a rollback has not begun, and the tenant is as live as before.
  const bool begun = point != "turn_back:before_effect";
  const bool undone = verb == "rollback" || (is_backward(point) && begun);
  if (undone) {
    check_nothing_is_left();
  } else {
    CHECK(LiveSandbox::get().is_live("crashed"));
    CHECK(sandbox.run({"show", "crashed", "-o", "json"}).json()["tenant"]["status"] == "active");
    CHECK(sandbox.sql("select count(*) from pg_roles where rolname like '" + stack + "_%'").front() == "2");
    sandbox.remove("crashed");
    check_nothing_is_left();
  }
  Tally::get().add("SIGKILL at a failpoint", sandbox.inventory());
}

void sweep(const std::string& stack) {
  const auto points = failpoints();
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    for (const std::string verb : {"resume", "rollback"}) end_with(stack, verb, point);
  }
}

/// Kills an operation, and then the resume or rollback of it at `second`; the next one has to end it.
void kill_twice(const std::string& stack, const std::string& second) {
  auto& sandbox = LiveSandbox::get();
  const std::string verb = is_backward(second) ? "rollback" : "resume";
  // Killed at its beginning, a resume passes every forward point; killed at its end, a rollback passes every backward one.
  REQUIRE(kill_at(stack, is_backward(second) ? "close:before_effect" : "open:after_mark"));
  INFO(stack << ": then " << second << " during " << verb);
  CHECK(sandbox.run({verb, "crashed", "--yes"}, {at(second)}).status == k_killed);

  const auto again = sandbox.run({verb, "crashed", "--yes"});

  INFO(again.out << again.err);
  CHECK(again.status == 0);
  if (verb == "resume") {
    CHECK(sandbox.is_live("crashed"));
    sandbox.remove("crashed");
  }
  check_nothing_is_left();
  Tally::get().add("a second SIGKILL", sandbox.inventory());
}

}  // namespace

TEST_CASE("the binary lists crash points for every step of a create") {
  const auto points = failpoints();

  for (const std::string step : {"roles", "database", "access", "settings", "credentials", "route", "verify"}) {
    for (const std::string moment : {"before_effect", "after_effect", "after_mark", "before_revert", "after_revert", "after_revert_mark"}) {
      CHECK(std::ranges::count(points, step + ":" + moment) == 1);
    }
  }
}

TEST_CASE("a create that is killed at any point can be resumed to a live tenant, or rolled back to none") { sweep("demo"); }

TEST_CASE("a create in a shared database that is killed at any point can be resumed or rolled back, and leaves nothing there") { sweep("shared"); }

TEST_CASE("a resume or rollback that is killed as well can be done again") {
  for (const auto& second : failpoints()) {
    if (second.starts_with("open") || second.starts_with("close")) continue;
    kill_twice("demo", second);
  }
}

TEST_CASE("a resume or rollback in a shared database that is killed as well can be done again") {
  // The steps that work on the schema itself; the others are the same for both kinds.
  for (const std::string step : {"database", "access", "settings"}) {
    for (const std::string moment : {"before_effect", "after_effect", "after_mark", "before_revert", "after_revert", "after_revert_mark"}) kill_twice("shared", step + ":" + moment);
  }
}
