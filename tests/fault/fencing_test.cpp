// A process is stopped with SIGSTOP right before an effect, loses its connection to the control database, is taken over by
// another operator, and wakes up: it changes nothing more. Real binary, real servers.
#include <catch2/catch.hpp>

#include <csignal>

#include "support/background.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

const std::vector<std::string> k_create{"create", "paused", "--email", "a@paused.test", "-o", "json"};

/// All that an effect could change: names, and what is behind them.
std::vector<std::string> world() {
  const auto& sandbox = LiveSandbox::get();
  auto all = sandbox.inventory();
  for (const auto& line : sandbox.inventory()) {
    if (line.starts_with("file ")) all.push_back(read_text(line.substr(5)));
  }
  const auto add = [&](const std::vector<std::string>& lines) { all.insert(all.end(), lines.begin(), lines.end()); };
  add(sandbox.sql("select concat_ws(' ', rolname, rolcanlogin, rolconnlimit, rolpassword) from pg_authid order by rolname"));
  add(sandbox.sql("select concat_ws(' ', oid, datname, datacl, datallowconn, datconnlimit) from pg_database order by oid"));
  for (const auto& name : sandbox.sql("select datname from pg_database where datname like 'demo\\_%' and datallowconn")) {
    add(sandbox.sql("select concat_ws(' ', key, value, xmin) from tenantctl.settings order by key", name));
  }
  add(sandbox.sql("select concat_ws(' ', id, state, fence) from operations order by id", "tenantctl"));
  add(sandbox.sql("select concat_ws(' ', id, operation, step, mark) from step_events order by id", "tenantctl"));
  return all;
}

/// As an administrator would who sees an idle session.
void cut_off_from_control() {
  LiveSandbox::get().sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'tenantctl' and pid <> pg_backend_pid()", "tenantctl");
}

std::vector<std::string> points(const std::string& moment) {
  std::vector<std::string> chosen;
  for (auto& point : LiveSandbox::get().run({"failpoints", "-o", "json"}).json()["failpoints"].get<std::vector<std::string>>()) {
    if (point.ends_with(":" + moment) && !point.starts_with("turn_back")) chosen.push_back(std::move(point));
  }
  return chosen;
}

void check_changes_nothing_more(Background& paused) {
  const auto before = world();
  paused.signal(SIGCONT);
  const auto ended = paused.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.status == 10);
  CHECK(world() == before);
}

void remove_if_live() {
  auto& sandbox = LiveSandbox::get();
  if (sandbox.run({"show", "paused"}).status == 0) sandbox.remove("paused");
  CHECK(sandbox.inventory() == Inventory{});
}

}  // namespace

TEST_CASE("a create that was stopped before an effect and taken over changes nothing more") {
  auto& sandbox = LiveSandbox::get();
  std::size_t cases = 0;
  for (const auto& point : points("before_effect")) {
    for (const std::string taken_over_by : {"resume", "rollback", "rollback and a new create"}) {
      INFO(point << ", then " << taken_over_by);
      Background paused(k_create, {"TENANTCTL_FAILPOINT=" + point + "@stop"});
      REQUIRE(paused.stopped());
      cut_off_from_control();
      const auto second = sandbox.run({taken_over_by == "resume" ? "resume" : "rollback", "paused", "--yes"});
      INFO(second.err);
      REQUIRE(second.status == 0);
      if (taken_over_by.ends_with("create")) REQUIRE(sandbox.run(k_create).status == 0);

      check_changes_nothing_more(paused);

      remove_if_live();
      Tally::get().add("SIGSTOP, taken over, SIGCONT: create");
      ++cases;
    }
  }
  CHECK(cases >= 3 * 7);
}

TEST_CASE("a rollback that was stopped before an effect and taken over changes nothing more, not even of the tenant that follows") {
  auto& sandbox = LiveSandbox::get();
  std::size_t cases = 0;
  for (const auto& point : points("before_revert")) {
    for (const std::string taken_over_by : {"rollback", "rollback and a new create"}) {
      INFO(point << ", then " << taken_over_by);
      REQUIRE(sandbox.run(k_create).status == 0);
      Background paused({"rollback", "paused", "--yes"}, {"TENANTCTL_FAILPOINT=" + point + "@stop"});
      REQUIRE(paused.stopped());
      cut_off_from_control();
      REQUIRE(sandbox.run({"rollback", "paused", "--yes"}).status == 0);
      if (taken_over_by.ends_with("create")) REQUIRE(sandbox.run(k_create).status == 0);

      check_changes_nothing_more(paused);

      remove_if_live();
      Tally::get().add("SIGSTOP, taken over, SIGCONT: rollback");
      ++cases;
    }
  }
  CHECK(cases >= 2 * 7);
}
