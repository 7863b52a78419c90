// SIGKILL at every point of a create that the binary itself lists, then resume or rollback, and a second kill during that:
// each ends in a live tenant or in none, with nothing left over. Real binary, real PostgreSQL, nginx and application; for the
// sandbox's two stacks: "demo" gives a tenant a database, "shared" a schema of a database that tenants share; and for "demo"
// with its PostgreSQL and nginx behind an sshd.
#include <catch2/catch.hpp>

#include "fault/failpoints.hpp"
#include "support/bind_zone.hpp"
#include "support/nginx_behind_ssh.hpp"
#include "support/quick_certificates.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

/// Where a create happens.
struct World {
  std::string stack;
  std::filesystem::path config;

  CliResult run(std::vector<std::string> args, const std::vector<std::string>& environment = {}) const {
    args.insert(args.begin(), {"--config", config.native()});
    return LiveSandbox::get().run(args, environment);
  }
  /// With its own configuration: an undo goes to the host where the route was made.
  void remove() const { CHECK(run({"rollback", "crashed", "--yes"}).status == 0); }
};

// With an after_create, records in a zone and a certificate, so that a create passes every step there is. Its trace has to go with the
// rest.
World demo() { return {.stack = "demo", .config = config_with_certificates(config_with_zone(config_with_demo_keys(k_tracing_command)))}; }
World shared() {
  return {.stack = "shared",
          .config = config_with_certificates(config_with_zone(
              changed_config("shared.yaml", {{"    database: sandbox_shared\n", "    database: sandbox_shared\n" + k_tracing_command}})))};
}
/// The command runs on the host as well.
World behind_ssh(const NginxBehindSsh& sandbox) {
  return {
      .stack = "demo",
      .config = config_with_certificates(config_with_zone(config_with_demo_keys(k_tracing_command + "    host: db1\n", sandbox.config())))};
}

std::vector<std::string> failpoints() {
  return LiveSandbox::get().run({"failpoints", "-o", "json"}).json()["failpoints"]["create"].get<std::vector<std::string>>();
}

std::string at(const std::string& point) { return "TENANTCTL_FAILPOINT=" + point; }

CliResult create(const World& world, const std::vector<std::string>& environment) {
  return world.run({"create", "crashed", "--stack", world.stack, "--email", "admin@crashed.test", "-o", "json"}, environment);
}

/// A point that only an undo passes: the create is made to fail, by an application that can't answer, so that it undoes.
/// Leaves an operation behind that was killed at `point`; false where a create does not pass it.
bool kill_at(const World& world, const std::string& point) {
  if (!is_backward(point)) return create(world, {at(point)}).status == k_killed;
  if (create(world, {}).status != 0) return false;
  return world.run({"rollback", "crashed", "--yes"}, {at(point)}).status == k_killed;
}

void check_nothing_is_left() {
  CHECK(LiveSandbox::get().get("crashed.yourapp.test") == "");  // nginx knows no such host
  CHECK(LiveSandbox::get().inventory() == Inventory{});
  CHECK(shared_bind().zone() == std::vector<std::string>{});
}

/// What a crash leaves can be finished or removed at any time.
void end_with(const World& world, const std::string& verb, const std::string& point) {
  auto& sandbox = LiveSandbox::get();
  INFO(world.stack << ": " << point << " then " << verb);
  REQUIRE(kill_at(world, point));
  const auto ended = world.run({verb, "crashed", "--yes", "-o", "json"});
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
    CHECK(sandbox.sql("select name from certificates", "tenantctl") == std::vector<std::string>{"crashed.yourapp.test"});
    CHECK(shared_bind().dig("api.crashed.yourapp.test", "A") == std::vector<std::string>{"192.0.2.10"});
    CHECK(sandbox.run({"show", "crashed", "-o", "json"}).json()["tenant"]["status"] == "active");
    CHECK(sandbox.sql("select count(*) from pg_roles where rolname like '" + world.stack + "_%'").front() == "2");
    world.remove();
    check_nothing_is_left();
  }
  Tally::get().add("SIGKILL at a failpoint", sandbox.inventory());
}

enum class Verbs { both, one_by_chance };

void sweep(const World& world, Verbs verbs, const std::vector<std::string>& points = failpoints()) {
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    const bool resume_first = Tally::get().toss();
    end_with(world, resume_first ? "resume" : "rollback", point);
    if (verbs == Verbs::both) end_with(world, resume_first ? "rollback" : "resume", point);
  }
}

/// Kills an operation, and then the resume or rollback of it at `second`; the next one has to end it.
void kill_twice(const World& world, const std::string& second) {
  auto& sandbox = LiveSandbox::get();
  const std::string verb = is_backward(second) ? "rollback" : "resume";
  // Killed at its beginning, a resume passes every forward point; killed at its end, a rollback passes every backward one.
  REQUIRE(kill_at(world, is_backward(second) ? "close:before_effect" : "open:after_mark"));
  INFO(world.stack << ": then " << second << " during " << verb);
  CHECK(world.run({verb, "crashed", "--yes"}, {at(second)}).status == k_killed);

  const auto again = world.run({verb, "crashed", "--yes"});

  INFO(again.out << again.err);
  CHECK(again.status == 0);
  if (verb == "resume") {
    CHECK(sandbox.is_live("crashed"));
    world.remove();
  }
  check_nothing_is_left();
  Tally::get().add("a second SIGKILL", sandbox.inventory());
}

}  // namespace

TEST_CASE("the binary lists crash points for every step of a create") {
  const auto points = failpoints();

  for (const std::string step :
       {"roles", "database", "access", "settings", "credentials", "after_create", "dns", "route", "certificate", "verify"}) {
    for (const std::string moment : {"before_effect", "after_effect", "after_mark", "before_revert", "after_revert", "after_revert_mark"}) {
      CHECK(std::ranges::count(points, step + ":" + moment) == 1);
    }
  }
}

TEST_CASE("a create that is killed at any point can be resumed to a live tenant, or rolled back to none", "[crash]") {
  sweep(demo(), Verbs::both);
}

TEST_CASE("a create in a shared database that is killed at any point can be resumed or rolled back, and leaves nothing there", "[crash]") {
  sweep(shared(), Verbs::one_by_chance);
}

TEST_CASE("a create through SSH that is killed at any point can be resumed or rolled back, and leaves nothing", "[crash][ssh]") {
  const NginxBehindSsh sandbox;
  // The steps are those of "demo" on other connections; the seed draws which points are tried there.
  sweep(behind_ssh(sandbox), Verbs::one_by_chance, Tally::get().draw(failpoints(), 24));
}

namespace {

// The other steps don't know nginx's mode, and what follows a mark is the engine's.
const std::vector<std::string> k_around_the_route{"route:before_effect", "route:after_effect", "route:before_revert", "route:after_revert"};

}  // namespace

TEST_CASE("a create in server_block mode that is killed around its route can be resumed or rolled back, and leaves nothing",
          "[crash][blocks]") {
  const ServerBlockMode mode;
  sweep(demo(), Verbs::both, k_around_the_route);
}

TEST_CASE(
    "a create in server_block mode on a host behind SSH that is killed around its route can be resumed or rolled back, and leaves nothing",
    "[crash][blocks][ssh]") {
  const ServerBlockMode mode;
  const NginxBehindSsh sandbox;
  sweep(behind_ssh(sandbox), Verbs::both, k_around_the_route);
}

TEST_CASE("a resume or rollback that is killed as well can be done again", "[crash]") {
  for (const auto& second : failpoints()) {
    if (second.starts_with("open") || second.starts_with("close")) continue;
    kill_twice(demo(), second);
  }
}

TEST_CASE("a resume or rollback in a shared database that is killed as well can be done again", "[crash]") {
  // The steps that work on the schema itself; the others are the same for both kinds.
  for (const std::string step : {"database", "access", "settings"}) {
    for (const std::string moment : {"before_effect", "after_effect", "after_mark", "before_revert", "after_revert", "after_revert_mark"})
      kill_twice(shared(), step + ":" + moment);
  }
}
