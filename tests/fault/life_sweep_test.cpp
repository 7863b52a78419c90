// SIGKILL at every point of a suspension, an activation and a cancellation, then resume or rollback: the tenant is wholly in
// one of the two states, for its visitors, its login and the control database alike. Real binary, real servers.
#include <catch2/catch.hpp>

#include <algorithm>

#include "fault/demo_databases.hpp"
#include "fault/failpoints.hpp"
#include "support/bind_zone.hpp"
#include "support/changed_config.hpp"
#include "support/nginx_behind_ssh.hpp"
#include "support/quick_certificates.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr const char* k_slug = "moody";

struct Change {
  std::string verb;
  std::string from;
  std::string to;
};

std::string status() { return run_to({"show", k_slug, "-o", "json"}).json()["tenant"]["status"].get<std::string>(); }

/// Brings a tenant there that was made for `stack`.
void bring_to(const std::string& stack, const std::string& wanted) {
  auto& sandbox = LiveSandbox::get();
  LiveSandbox::get().free_names();  // what is asked here is what a deletion leaves
  const bool known = run_to({"show", k_slug}).status == 0;
  if (known && status() == "cancelled") sandbox.remove(k_slug);
  if (run_to({"show", k_slug}).status != 0 || status() == "deleted") sandbox.create(k_slug, {"--stack", stack});
  if (status() != wanted) REQUIRE(run_to({wanted == "active" ? "activate" : "suspend", k_slug}).status == 0);
}

/// Visitors, login and row say the same.
void check_state(const std::string& wanted) {
  auto& sandbox = LiveSandbox::get();
  CHECK(status() == wanted);
  const bool open = wanted == "active";
  CHECK(sandbox.is_live(k_slug) == open);
  if (!open) CHECK(sandbox.get(std::string(k_slug) + ".yourapp.test") == "403\nAccount suspended. Please contact support.\n");
  CHECK(sandbox.sql("select count(*) from pg_roles where rolcanlogin and (rolname like 'demo\\_%' or rolname like 'shared\\_%')").front() ==
        (open ? "1" : "0"));
  CHECK(unfinished_states().empty());
}

/// Of a deletion's steps behind which there is no way back.
bool is_removal(const std::string& point) {
  return point.starts_with("drop_") || point.starts_with("nothing_left:") || point.starts_with("receipt:");
}
/// Whether a deletion that was killed there can only go on.
bool is_final(const std::string& point) { return is_removal(point) || point == "close:before_effect"; }

/// The points that a change passes, in an undo or on its way.
std::vector<std::string> points_of(const std::string& verb) {
  auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"]["life"].get<std::vector<std::string>>();
  const std::string other = verb == "activate" ? "suspend_" : "activate_";
  std::erase_if(points, [&](const auto& point) {
    const bool of_deletions = is_removal(point) || point.starts_with("restore_check:");
    return point.starts_with(other) || point.starts_with("drop_moved:") || point.find("_site:") != std::string::npos ||
           (of_deletions && verb != "delete") || (point.starts_with("backup:") && verb == "activate");
  });
  return points;
}

/// Leaves the change behind, killed at `point`.
void kill_at(const Change& change, const std::string& point) {
  const std::vector<std::string> args{change.verb, k_slug, "--yes", "--reason", "a test"};
  if (!is_backward(point)) {
    REQUIRE(run_to(args, point).status == k_killed);
    return;
  }
  REQUIRE(run_to(args, "close:before_effect").status == k_killed);
  REQUIRE(run_to({"rollback", k_slug, "--yes"}, point).status == k_killed);
}

void end_with(const Change& change, const std::string& stack, const std::string& verb, const std::string& point) {
  INFO(change.verb << " of a tenant of " << stack << ": " << point << " then " << verb);
  bring_to(stack, change.from);
  kill_at(change, point);
  const auto left = unfinished_states();

  const auto ended = run_to({verb, k_slug, "--yes", "-o", "json"});

  INFO(ended.out << ended.err);
  if (left.empty()) {  // it was killed after its end
    check_state(is_backward(point) ? change.from : change.to);
  } else {
    CHECK(ended.status == 0);
    check_state(verb == "resume" && left.front() == "running" ? change.to : change.from);
  }
  Tally::get().add("SIGKILL at a failpoint of a change of state");
}

void sweep(const Change& change, const std::string& stack, const std::vector<std::string>& points) {
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    for (const std::string verb : {"resume", "rollback"}) {
      if (stack == "demo" || Tally::get().toss()) end_with(change, stack, verb, point);
    }
  }
  LiveSandbox::get().remove(k_slug);
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}

/// Leaves a deletion behind, killed at `point`: on its way, or in the undo of one that was killed before its last step back.
void kill_deletion_at(const std::string& point) {
  const std::vector<std::string> args{"delete", k_slug, "--yes"};
  if (!is_backward(point)) {
    REQUIRE(run_to(args, point).status == k_killed);
    return;
  }
  REQUIRE(run_to(args, "restore_check:after_effect").status == k_killed);
  REQUIRE(run_to({"rollback", k_slug, "--yes"}, point).status == k_killed);
}

void delete_and_end_with(const std::string& stack, const std::string& verb, const std::string& point) {
  INFO("deletion of a tenant of " << stack << ": " << point << " then " << verb);
  auto& sandbox = LiveSandbox::get();
  bring_to(stack, "active");
  kill_deletion_at(point);
  const auto state = unfinished_states();

  const auto ended = run_to({verb, k_slug, "--yes", "-o", "json"});

  INFO(ended.out << ended.err);
  if (is_final(point) && verb == "rollback") {
    CHECK(ended.status == 5);
    REQUIRE(run_to({"resume", k_slug}).status == 0);
  }
  const bool deleted = run_to({"show", k_slug, "-o", "json"}).json()["tenant"]["status"] == "deleted";
  CHECK(deleted == (state.empty() ? !is_backward(point) : is_final(point) || (verb == "resume" && state.front() == "running")));
  if (deleted) CHECK(sandbox.inventory() == Inventory{});
  else check_state("active");
  CHECK(shared_bind().zone().size() == (deleted ? 0 : 5));
  CHECK(sandbox.sql("select datname from pg_database where datname like 'tctl\\_check%' union all select rolname from pg_roles where "
                    "rolname like 'tctl\\_check%'") == std::vector<std::string>{});
  Tally::get().add("SIGKILL at a failpoint of a deletion");
}

}  // namespace

TEST_CASE("a change of state that is killed at any point ends wholly in one of the two states", "[crash][life]") {
  const auto stack = GENERATE(as<std::string>{}, "demo", "shared");
  std::vector<Change> changes{{"suspend", "active", "suspended"}, {"activate", "suspended", "active"}};
  // It closes the doors that a suspension closes, of both kinds; its own end is the same for both.
  if (stack == "demo") changes.push_back({"cancel", "active", "cancelled"});
  for (const auto& change : changes) sweep(change, stack, points_of(change.verb));
}

namespace {

void sweep_around_the_route() {
  for (const auto& change : {Change{"suspend", "active", "suspended"}, Change{"activate", "suspended", "active"}}) {
    auto points = points_of(change.verb);
    std::erase_if(points, [](const auto& point) { return point.find("_route:") == std::string::npos || point.ends_with("mark"); });
    REQUIRE(points.size() == 4);
    sweep(change, "demo", points);
  }
}

}  // namespace

TEST_CASE("in server_block mode a change of state that is killed around its route ends wholly in one of the two states",
          "[crash][life][blocks]") {
  const ServerBlockMode mode;
  sweep_around_the_route();
}

TEST_CASE(
    "in server_block mode on a host behind SSH a change of state that is killed around its route ends wholly in one of the two states",
    "[crash][life][blocks][ssh]") {
  const ServerBlockMode mode;
  const NginxBehindSsh behind;
  const ConfigInUse by_ssh(behind.config());
  sweep_around_the_route();
}

TEST_CASE("a deletion that is killed at any point leaves the tenant as it was, or is finished and leaves nothing", "[life][removal]") {
  const auto stack = GENERATE(as<std::string>{}, "demo", "shared");
  const ConfigInUse with_all(
      config_with_certificates(config_with_zone(config_with_demo_keys(k_configuration_in_file))));  // which are dropped too
  auto points = points_of("delete");
  std::erase_if(points, [&](const auto& point) {
    if (is_removal(point) && is_backward(point)) return true;  // nothing of it is ever taken back
    // Tenants with a schema differ in what is backed up, checked and dropped.
    return stack == "shared" && !point.starts_with("backup:") && !point.starts_with("restore_check:") &&
           !point.starts_with("drop_database:");
  });
  Tally::get().swept(points.size());
  bool resume = false;
  for (const auto& point : points) {  // each once: with what it is ended takes turns, where there is a choice
    resume = !resume || (is_final(point) && point != "drop_database:after_effect");
    delete_and_end_with(stack, resume ? "resume" : "rollback", point);
  }
  if (run_to({"show", k_slug, "-o", "json"}).json()["tenant"]["status"] != "deleted") LiveSandbox::get().remove(k_slug);
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}

namespace {

/// Couriers as the application reads them: the backup has them, and what was there before it was restored has none.
std::string couriers(const std::string& database) { return LiveSandbox::get().sql("select count(*) from couriers", database).front(); }

void restore_and_end_with(const std::string& verb, const std::string& point) {
  INFO("restore: " << point << " then " << verb);
  auto& sandbox = LiveSandbox::get();
  const auto live = demo_databases().front();
  sandbox.sql("delete from couriers", live);
  const bool backward = is_backward(point);
  const auto killed = run_to({"restore", k_slug, "--from", "newest", "--yes"}, backward ? "activate_login:after_effect" : point);
  REQUIRE(killed.status == k_killed);
  if (backward) REQUIRE(run_to({"rollback", k_slug, "--yes"}, point).status == k_killed);
  const auto state = unfinished_states();

  const auto ended = run_to({verb, k_slug, "--yes"});

  INFO(ended.err);
  const bool restored = state.empty() ? !backward : verb == "resume" && state.front() == "running";
  check_state("active");
  CHECK(couriers(live) == (restored ? "440" : "0"));
  CHECK(demo_databases().size() == (restored ? 2 : 1));
  CHECK(sandbox.sql("select rolname from pg_roles where rolname like '%\\_guest'") == std::vector<std::string>{});
  REQUIRE(run_to({"restore", k_slug, "--drop-old", "--yes"}).status == 0);
  CHECK(demo_databases() == std::vector<std::string>{live});
  Tally::get().add("SIGKILL at a failpoint of a restore");
}

}  // namespace

TEST_CASE("a restore that is killed at any point ends with all of the old data or all of the backup's", "[life][removal]") {
  auto& sandbox = LiveSandbox::get();
  LiveSandbox::get().free_names();  // what is asked here is what a deletion leaves
  sandbox.create(k_slug);
  REQUIRE(run_to({"backup", k_slug}).status == 0);
  auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"]["restore"].get<std::vector<std::string>>();
  std::erase_if(points, [](const auto& point) { return point.starts_with("drop_old:"); });
  Tally::get().swept(points.size());
  bool resume = true;
  for (const auto& point : points) {  // each once: with what it is ended takes turns
    restore_and_end_with(resume ? "resume" : "rollback", point);
    resume = !resume;
  }
  sandbox.remove(k_slug);
  CHECK(sandbox.inventory() == Inventory{});
}
