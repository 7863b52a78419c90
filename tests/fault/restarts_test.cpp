// PostgreSQL restarts, or goes for good, in the middle of a create, of a tenant with a database, with a schema and behind SSH; a
// DROP that was cut off meets a rollback.
#include <catch2/catch.hpp>

#include <csignal>
#include <future>
#include <thread>

#include "support/create_way.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> k_create_restarted{"create", "restarted", "--email", "a@restarted.test", "-o", "json"};

/// An application that sleeps holds a create in its last step.
class Asleep {
 public:
  Asleep() : pid_(LiveSandbox::get().pid_of("demo-app")) { REQUIRE(::kill(pid_, SIGSTOP) == 0); }
  Asleep(const Asleep&) = delete;
  Asleep& operator=(const Asleep&) = delete;
  ~Asleep() { ::kill(pid_, SIGCONT); }

 private:
  int pid_;
};

/// The last step of the running create, which follows its route.
void wait_for_verify() {
  const auto routes = LiveSandbox::get().dir() / "nginx/tenantctl/routes";
  for (int i = 0; i < 500; ++i) {
    if (std::filesystem::exists(routes / "demo/restarted.yourapp.test") ||
        std::filesystem::exists(routes / "shared/restarted.yourapp.test"))
      return std::this_thread::sleep_for(100ms);
    std::this_thread::sleep_for(10ms);
  }
  FAIL("the create never came to its last step");
}

/// Status 0, 1, 9, 10 and 11 alike have to be true; in the end nothing is there. libpq may say on stderr, before us, that the server
/// ends a session which is just being made.
void judge(const CliResult& said, const std::string& verb) {
  auto& sandbox = LiveSandbox::get();
  INFO("status " << said.status << " " << said.out << said.err);
  if (said.status == 0) {
    CHECK(sandbox.is_live("restarted"));
    sandbox.remove("restarted");
  } else if (said.status == 1 || said.status == 9) {
    CHECK(sandbox.inventory() == Inventory{});
  } else if (said.status == 10 && sandbox.inventory().empty()) {  // it was never told whether its operation had begun
    CHECK_THAT(said.err, Catch::Contains("can't be found out"));
  } else if (said.status == 11) {  // its undo met the server while it went down, too
    CHECK_THAT(said.err, Catch::Contains("\"rollback_incomplete\""));
    CHECK(sandbox.run({"rollback", "restarted", "--yes"}).status == 0);
  } else {
    REQUIRE(said.status == 10);
    CHECK_THAT(said.err, Catch::Contains("\"unfinished\""));
    const auto ended = sandbox.run({verb, "restarted", "--yes", "-o", "json"});
    INFO(verb << " " << ended.out << ended.err);
    CHECK(ended.status == 0);
    if (verb == "resume") {
      CHECK(sandbox.is_live("restarted"));
      sandbox.remove("restarted");
    }
  }
  REQUIRE(sandbox.inventory() == Inventory{});
}

}  // namespace

TEST_CASE("a restart of PostgreSQL under a create's last step is survived", "[restart]") {
  const auto [name, signal] = GENERATE(table<const char*, int>({{"fast", SIGINT}, {"immediate", SIGQUIT}}));
  const std::string way =
      Tally::get().full() ? GENERATE("demo", "shared", "ssh") : Tally::get().draw<std::string>({"demo", "shared", "ssh"}, 1).front();
  INFO(name << " of " << way);
  const CreateWay chosen(way);
  auto& sandbox = LiveSandbox::get();
  std::future<CliResult> running;
  {
    const Asleep application;
    running = std::async(std::launch::async, [&] { return sandbox.run(k_create_restarted); });
    wait_for_verify();
    sandbox.stop_postgres(signal);
    sandbox.repair();
  }
  judge(running.get(), "resume");
  Tally::get().add(std::string("PostgreSQL restarted, ") + name);
}

TEST_CASE("a restart of PostgreSQL at any time of a create ends in a true status", "[restart]") {
  auto& sandbox = LiveSandbox::get();
  const std::string way = GENERATE("demo", "shared", "ssh");
  const CreateWay chosen(way);
  const int rounds = way == "demo" || Tally::get().full() ? 6 : 3;
  for (int round = 0; round < rounds; ++round) {
    const int signal = round % 2 == 0 ? SIGINT : SIGQUIT;
    const auto delay = std::chrono::milliseconds(Tally::get().dice()() % 400);
    INFO(way << ": signal " << signal << " after " << delay.count() << " ms");
    auto running = std::async(std::launch::async, [&] { return sandbox.run(k_create_restarted); });
    std::this_thread::sleep_for(delay);
    sandbox.stop_postgres(signal);
    sandbox.repair();
    judge(running.get(), Tally::get().toss() ? "resume" : "rollback");
    Tally::get().add("PostgreSQL restarted at some time, " + way);
  }
}

TEST_CASE("with the control database gone at the end, create ends with 10, says so, and resume finishes", "[restart]") {
  auto& sandbox = LiveSandbox::get();
  std::future<CliResult> running;
  {
    const Asleep application;
    running = std::async(std::launch::async, [&] { return sandbox.run(k_create_restarted); });
    wait_for_verify();
    sandbox.stop_postgres(SIGINT);
  }
  const auto said = running.get();
  sandbox.repair();

  INFO(said.err);
  REQUIRE(said.status == 10);
  CHECK(said.error()["code"] == "unfinished");
  CHECK(said.error()["retryable"] == true);
  CHECK_THAT(said.error()["hint"].get<std::string>(), Catch::Contains("tenantctl resume " + said.error()["operation"].get<std::string>()));
  judge(said, "resume");
  Tally::get().add("control database gone at the end");
}

TEST_CASE("a rollback meets a database whose drop was cut off, and drops it again", "[restart]") {
  auto& sandbox = LiveSandbox::get();
  for (const std::string point : {"database:before_revert", "access:after_revert_mark"}) {
    sandbox.create("restarted");
    REQUIRE(sandbox.run({"rollback", "restarted", "--yes"}, {"TENANTCTL_FAILPOINT=" + point}).status == 137);
    const auto database = sandbox.sql("select datname from pg_database where datname like 'demo_%'");
    REQUIRE(database.size() == 1);
    sandbox.sql("update pg_database set datconnlimit = -2 where datname = '" + database.front() + "'");

    const auto again = sandbox.run({"rollback", "restarted", "--yes", "-o", "json"});

    INFO(again.err);
    CHECK(again.status == 0);
    CHECK(sandbox.inventory() == Inventory{});
    Tally::get().add("cancelled DROP DATABASE");
  }
}
