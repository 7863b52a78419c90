// SIGKILL at every point of a suspension, an activation and a cancellation, then resume or rollback: the tenant is wholly in
// one of the two states, for its visitors, its login and the control database alike. Real binary, real servers.
#include <catch2/catch.hpp>

#include <algorithm>

#include "support/live_sandbox.hpp"
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

CliResult tenantctl(const std::vector<std::string>& args, const std::string& point = {}) {
  return LiveSandbox::get().run(args, point.empty() ? std::vector<std::string>{} : std::vector{"TENANTCTL_FAILPOINT=" + point});
}

std::string status() { return tenantctl({"show", k_slug, "-o", "json"}).json()["tenant"]["status"].get<std::string>(); }

/// Brings a tenant there that was made for `stack`.
void bring_to(const std::string& stack, const std::string& wanted) {
  auto& sandbox = LiveSandbox::get();
  if (tenantctl({"show", k_slug}).status == 0 && status() == "cancelled") sandbox.remove(k_slug);
  if (tenantctl({"show", k_slug}).status != 0) sandbox.create(k_slug, {"--stack", stack});
  if (status() != wanted) REQUIRE(tenantctl({wanted == "active" ? "activate" : "suspend", k_slug}).status == 0);
}

/// Visitors, login and row say the same.
void check_state(const std::string& wanted) {
  auto& sandbox = LiveSandbox::get();
  CHECK(status() == wanted);
  const bool open = wanted == "active";
  CHECK(sandbox.is_live(k_slug) == open);
  if (!open) CHECK(sandbox.get(std::string(k_slug) + ".yourapp.test") == "403\nAccount suspended. Please contact support.\n");
  CHECK(sandbox.sql("select count(*) from pg_roles where rolcanlogin and (rolname like 'demo\\_%' or rolname like 'shared\\_%')").front() == (open ? "1" : "0"));
  CHECK(sandbox.sql("select count(*) from operations where state in ('running', 'undoing', 'stuck')", "tenantctl").front() == "0");
}

bool is_backward(const std::string& point) { return point.find("revert") != std::string::npos || point.starts_with("turn_back"); }

/// The points that a change passes, in an undo or on its way.
std::vector<std::string> points_of(const Change& change) {
  auto points = tenantctl({"failpoints", "-o", "json"}).json()["failpoints"]["life"].get<std::vector<std::string>>();
  const std::string other = change.verb == "activate" ? "suspend_" : "activate_";
  std::erase_if(points, [&](const auto& point) { return point.starts_with(other) || point.find("_site:") != std::string::npos; });
  return points;
}

/// Leaves the change behind, killed at `point`.
void kill_at(const Change& change, const std::string& point) {
  const std::vector<std::string> args{change.verb, k_slug, "--yes", "--reason", "a test"};
  if (!is_backward(point)) {
    REQUIRE(tenantctl(args, point).status == k_killed);
    return;
  }
  REQUIRE(tenantctl(args, "close:before_effect").status == k_killed);
  REQUIRE(tenantctl({"rollback", k_slug, "--yes"}, point).status == k_killed);
}

void end_with(const Change& change, const std::string& stack, const std::string& verb, const std::string& point) {
  INFO(change.verb << " of a tenant of " << stack << ": " << point << " then " << verb);
  bring_to(stack, change.from);
  kill_at(change, point);
  const auto unfinished = [] { return LiveSandbox::get().sql("select state from operations where state in ('running', 'undoing', 'stuck')", "tenantctl"); };
  const auto left = unfinished();

  const auto ended = tenantctl({verb, k_slug, "--yes", "-o", "json"});

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

}  // namespace

TEST_CASE("a change of state that is killed at any point ends wholly in one of the two states", "[crash][life]") {
  const auto stack = GENERATE(as<std::string>{}, "demo", "shared");
  std::vector<Change> changes{{"suspend", "active", "suspended"}, {"activate", "suspended", "active"}};
  // It closes the doors that a suspension closes, of both kinds; its own end is the same for both.
  if (stack == "demo") changes.push_back({"cancel", "active", "cancelled"});
  for (const auto& change : changes) sweep(change, stack, points_of(change));
}

TEST_CASE("in server_block mode a change of state that is killed around its route ends wholly in one of the two states", "[crash][life][blocks]") {
  const ServerBlockMode mode;
  for (const auto& change : {Change{"suspend", "active", "suspended"}, Change{"activate", "suspended", "active"}}) {
    auto points = points_of(change);
    std::erase_if(points, [](const auto& point) { return point.find("_route:") == std::string::npos || point.ends_with("mark"); });
    REQUIRE(points.size() == 4);
    sweep(change, "demo", points);
  }
}
