// SIGKILL at points of a run that deletes tenants whose time is over, and of a create whose tenant's time is over then; another run
// makes up for both. Real binary, real servers. Points are drawn by the printed seed.
#include <catch2/catch.hpp>

#include "fault/failpoints.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr const char* k_ephemeral = "ephemeral";
const std::vector<std::string> k_ephemeral_create{"create", k_ephemeral, "--email", "a@b.test", "--ttl", "10m"};

/// Those that a deletion of a plain tenant passes, without a backup.
std::vector<std::string> points_of_expire() {
  auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"]["life"].get<std::vector<std::string>>();
  std::erase_if(points, [](const auto& point) {
    const auto step = point.substr(0, point.find(':'));
    return is_backward(point) || step.starts_with("activate_") || step.ends_with("_site") || step == "backup" || step == "restore_check" ||
           step == "drop_certificates" || step == "drop_dns" || step == "drop_configuration" || step == "drop_moved";
  });
  return points;
}

/// An hour later than now.
std::vector<std::string> expire_later() {
  return {"expire", "--yes", "--now",
          sandbox()
              .sql("select to_char((clock_timestamp() + interval '1 hour') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
              .front()};
}

/// A next run leaves nothing, and one after it finds nothing.
void check_made_up_for() {
  const auto next = run_to(expire_later());
  const auto last = run_to(expire_later());
  INFO(next.out << next.err << last.out << last.err);
  CHECK(next.status == 0);
  CHECK(last.status == 0);
  CHECK(last.out.empty());
  CHECK(unfinished_states().empty());
  CHECK(sandbox().inventory() == Inventory{});
  sandbox().free_names();
}

}  // namespace

TEST_CASE("a run that deletes expired tenants and is killed at any point is made up for by the next", "[crash][expiry]") {
  const auto points = Tally::get().draw(points_of_expire(), 8);
  for (const auto& point : points) {
    INFO(point);
    REQUIRE(run_to(k_ephemeral_create).status == 0);
    REQUIRE(run_to(expire_later(), point).status == k_killed);

    check_made_up_for();

    Tally::get().add("SIGKILL at a failpoint of a run that deletes expired tenants");
  }
  Tally::get().swept(points.size());
}

TEST_CASE("a create that was killed is undone once its tenant's time is over, and not before", "[crash][expiry]") {
  for (const auto* point : {"open:after_mark", "database:before_effect", "credentials:after_effect", "close:before_effect"}) {
    INFO(point);
    REQUIRE(run_to(k_ephemeral_create, point).status == k_killed);
    const auto left = sandbox().inventory();

    const auto too_early = run_to({"expire"});
    const auto left_then = sandbox().inventory();
    check_made_up_for();

    CHECK(too_early.out.empty());
    CHECK(left_then == left);
    Tally::get().add("SIGKILL at a failpoint of a create whose time is over");
  }
}

TEST_CASE("a tenant that got more time after a run was killed is not deleted by the next", "[crash][expiry]") {
  REQUIRE(run_to(k_ephemeral_create).status == 0);
  REQUIRE(run_to(expire_later(), "suspend_route:after_effect").status == k_killed);

  const auto cleared = run_to({"ttl", "clear", k_ephemeral});
  const auto nothing = run_to(expire_later());
  const auto taken_back = run_to({"rollback", k_ephemeral});

  CHECK(cleared.status == 0);
  CHECK_THAT(cleared.out, Catch::Contains("a deletion of it was begun: run \"tenantctl rollback "));
  CHECK(nothing.out.empty());
  CHECK(taken_back.status == 0);
  CHECK(sandbox().is_live(k_ephemeral));
  sandbox().remove(k_ephemeral);
  CHECK(sandbox().inventory() == Inventory{});
}
