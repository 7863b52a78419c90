// Batches and pools whose process is killed, at crash points and at any time: a repeat finishes every row once, and nothing is
// left over. Real binary, real PostgreSQL, nginx and application. Points and moments are drawn by the printed seed.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "fault/failpoints.hpp"
#include "support/background.hpp"
#include "support/changed_config.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;
using namespace std::chrono_literals;

namespace {

constexpr int k_rows = 3;
constexpr std::size_t k_points = 8;  // of some forty
constexpr int k_moments = 6;

std::vector<std::string> bulk(int number) {
  return {"bulk-create",
          "--count",
          std::to_string(k_rows),
          "--prefix",
          fmt::format("swept{}", number),
          "--email",
          "a@b.test",
          "--batch",
          fmt::format("swept{}", number),
          "--jobs",
          "2",
          "-o",
          "json"};
}

/// Each batch has a name of its own: batches stay.
int fresh_number() {
  static int number = 0;
  return ++number;
}

/// A point that only an undo passes.
enum class Passed { by_success, also_by_undo };

/// Points of the pipeline's steps for the sandbox's stack, which has no command of its own, no zone and no certificates.
std::vector<std::string> some_points(const char* pipeline, std::size_t count, Passed passed = Passed::by_success) {
  std::vector<std::string> points;
  const auto document = LiveSandbox::get().run({"failpoints", "-o", "json"}).json();
  for (const auto& point : document["failpoints"][pipeline]) {
    const std::string name = point;
    if (name.starts_with("after_create") || name.starts_with("configuration") || name.starts_with("dns") || name.starts_with("certificate"))
      continue;
    if (passed == Passed::also_by_undo || !is_backward(name)) points.push_back(name);
  }
  return Tally::get().draw(points, count);
}

void check_finished(int number, const char* fault) {
  auto& sandbox = LiveSandbox::get();
  const auto again = sandbox.run(bulk(number));
  INFO("the repeat: " << again.out << again.err);
  CHECK(again.status == 0);
  CHECK(sandbox.run({"list", "-o", "json"}).json()["total"] == k_rows);
  CHECK(sandbox.run({"operations", "list", "--unfinished", "-o", "json"}).json()["operations"].empty());
  for (int row = 1; row <= k_rows; ++row) {
    const auto slug = fmt::format("swept{}-{}", number, row);
    CHECK(sandbox.is_live(slug));
    sandbox.remove(slug);
  }
  const auto left = sandbox.inventory();
  CHECK(left == Inventory{});
  Tally::get().add(fault, left);
}

void kill_sometime(const char* fault) {
  const int number = fresh_number();
  Background doomed(bulk(number));
  const auto moment = std::chrono::milliseconds(Tally::get().dice()() % 1500);
  INFO("killed after " << moment.count() << " ms");
  std::this_thread::sleep_for(moment);
  doomed.signal(SIGKILL);
  doomed.wait();
  check_finished(number, fault);
}

/// The sandbox with a pool of two for its stack "demo".
class PooledSandbox {
 public:
  PooledSandbox() { LiveSandbox::get().use(config_with_demo_keys("    pool: { size: 2, low_water: 0 }\n")); }
  PooledSandbox(const PooledSandbox&) = delete;
  PooledSandbox& operator=(const PooledSandbox&) = delete;
  ~PooledSandbox() { LiveSandbox::get().use({}); }
  nlohmann::json pool() const { return LiveSandbox::get().run({"pool", "status", "-o", "json"}).json()["pools"][0]; }
};

/// After a fill: whatever was killed before, the pool is as it is to be, and can be emptied.
void check_two_ready_then_none(const char* fault) {
  auto& sandbox = LiveSandbox::get();
  CHECK(sandbox.run({"pool", "status", "-o", "json"}).json()["pools"][0]["ready"] == 2);
  CHECK(sandbox.run({"doctor"}).status == 0);
  // A claim whose create was not begun waits for ten minutes.
  sandbox.sql("update pool_entries set claimed_at = claimed_at - interval '11 minutes' where state = 'claimed'", "tenantctl");
  CHECK(sandbox.run({"--yes", "pool", "drain"}).status == 0);
  const auto left = sandbox.inventory();
  CHECK(left == Inventory{});
  Tally::get().add(fault, left);
}

}  // namespace

TEST_CASE("a batch that is killed at a crash point of one of its creates is finished by a repeat", "[crash][bulk]") {
  const auto points = some_points("create", k_points);
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    INFO(point);
    const int number = fresh_number();
    CHECK(LiveSandbox::get().run(bulk(number), {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);
    check_finished(number, "SIGKILL at a failpoint of a batch");
  }
}

TEST_CASE("in server_block mode a batch that is killed around its routes is finished by a repeat", "[crash][bulk]") {
  const ServerBlockMode mode;
  const std::vector<std::string> points{"route:before_effect", "route:after_effect", "route:after_mark"};
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    INFO(point);
    const int number = fresh_number();
    CHECK(LiveSandbox::get().run(bulk(number), {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);
    check_finished(number, "SIGKILL at a failpoint of a batch that reloads nginx");
  }
  for (int i = 0; i < k_moments / 2; ++i) kill_sometime("SIGKILL of a batch that reloads nginx");
}

TEST_CASE("a batch that is killed at any time is finished by a repeat, on whose side the answer is lost whatever it was", "[crash][bulk]") {
  for (int i = 0; i < k_moments; ++i) kill_sometime("SIGKILL at any time of a batch");
}

TEST_CASE("a worker that is stopped while another takes its rows over makes none of them twice", "[fence][bulk]") {
  auto& sandbox = LiveSandbox::get();
  const int number = fresh_number();
  auto noted = bulk(number);
  noted.emplace_back("--no-wait");
  CHECK(sandbox.run(noted).status == 0);
  Background paused({"worker", "--batch", fmt::format("swept{}", number), "--jobs", "2"},
                    {"TENANTCTL_FAILPOINT=database:before_effect@stop"});
  REQUIRE(paused.stopped());

  // Its lease ends 15 seconds later; the tenant's lock is still its own, so that its rows are met locked and given back.
  Background second(bulk(number));
  std::this_thread::sleep_for(17s);
  paused.signal(SIGCONT);
  const auto first_end = paused.wait();
  const auto second_end = second.wait();

  INFO(first_end.out << first_end.err << second_end.out << second_end.err);
  CHECK(first_end.status == 0);
  CHECK(second_end.status == 0);
  check_finished(number, "SIGSTOP of a worker");
}

TEST_CASE("a fill or drain of a pool that is killed at a crash point is undone by the next", "[crash][pool]") {
  const PooledSandbox pooled;
  auto& sandbox = LiveSandbox::get();
  const auto points = some_points("pool_fill", k_points, Passed::also_by_undo);
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    INFO(point);
    const bool of_drain = is_backward(point);
    if (of_drain) CHECK(sandbox.run({"pool", "fill"}).status == 0);
    CHECK(sandbox.run({"--yes", "pool", of_drain ? "drain" : "fill"}, {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);

    CHECK(sandbox.run({"pool", "fill"}).status == 0);

    check_two_ready_then_none("SIGKILL at a failpoint of a pool");
  }
}

TEST_CASE("a create that took a database out of the pool and was killed can be resumed or rolled back", "[crash][pool]") {
  const PooledSandbox pooled;
  auto& sandbox = LiveSandbox::get();
  const auto points = some_points("create_pooled", k_points);
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    const bool resume = Tally::get().toss();
    INFO(point << (resume ? ", resumed" : ", rolled back"));
    CHECK(sandbox.run({"pool", "fill"}).status == 0);
    CHECK(sandbox.run({"create", "pooled", "--email", "a@b.test"}, {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);

    CHECK(sandbox.run({"--yes", resume ? "resume" : "rollback", "pooled"}).status == 0);

    CHECK(sandbox.is_live("pooled") == resume);
    if (resume) sandbox.remove("pooled");
    CHECK(pooled.pool()["ready"] == 1);
    CHECK(sandbox.run({"pool", "fill"}).status == 0);
    check_two_ready_then_none("SIGKILL at a failpoint of a pooled create");
  }
}

TEST_CASE("databases of a pool whose fill, claim or drain is killed go to one tenant or to none", "[crash][pool]") {
  const PooledSandbox pooled;
  auto& sandbox = LiveSandbox::get();
  const std::vector<std::vector<std::string>> commands{
      {"pool", "fill"}, {"--yes", "pool", "drain"}, {"create", "pooled", "--email", "a@b.test"}};
  for (std::size_t i = 0; i < 3 * commands.size(); ++i) {
    const auto& command = commands[i % commands.size()];
    CHECK(sandbox.run({"pool", "fill"}).status == 0);
    if (command.front() == "pool") CHECK(sandbox.run({"--yes", "pool", "drain"}).status == 0);
    Background doomed(command);
    const auto moment = std::chrono::milliseconds(Tally::get().dice()() % 600);
    INFO(command.back() << " killed after " << moment.count() << " ms");
    std::this_thread::sleep_for(moment);
    doomed.signal(SIGKILL);
    doomed.wait();

    // Whatever was begun is ended: a create by rollback, fills and drains by the next of them.
    if (!sandbox.run({"operations", "list", "--tenant", "pooled", "-o", "json"}).json()["operations"].empty() &&
        sandbox.run({"show", "pooled"}).status == 0) {
      CHECK(sandbox.run({"rollback", "pooled", "--yes"}).status == 0);
    }
    CHECK(sandbox.run({"pool", "fill"}).status == 0);
    check_two_ready_then_none("SIGKILL at any time of a pool");
  }
}
