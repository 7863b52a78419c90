// Two operators at one tenant, and signals to the one who works: waiting, giving up, stopping at once.
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/background.hpp"

using namespace tenantctl::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> k_create_lock_wait{"create", "busy", "--email", "a@busy.test", "-o", "json"};

/// A create that holds the tenant's lock until it is woken up.
class Holder {
 public:
  Holder() : process_({"--actor", "jane", "create", "busy", "--email", "a@busy.test"}, {"TENANTCTL_FAILPOINT=verify:before_effect@stop"}) {
    REQUIRE(process_.stopped());
  }
  int finish() {
    process_.signal(SIGCONT);
    return process_.wait().status;
  }

 private:
  Background process_;
};

std::vector<std::string> with(std::vector<std::string> args, const std::vector<std::string>& more) {
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

}  // namespace

TEST_CASE("a --lock-wait that is no duration is refused with 2 by every command that has it") {
  const auto& sandbox = LiveSandbox::get();
  for (const auto& args : {k_create_lock_wait, {"resume", "busy", "-o", "json"}, {"rollback", "busy", "-o", "json"}}) {
    const auto refused = sandbox.run(with(args, {"--lock-wait", "soon"}));
    INFO(refused.err);
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Catch::Contains("soon"));
  }
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("who waits for a lock in vain gets 6 with the holder's name, after as long as it said") {
  Holder holder;
  for (const auto& args : {k_create_lock_wait, {"rollback", "busy", "--yes", "-o", "json"}, {"resume", "busy", "-o", "json"}}) {
    const auto began = std::chrono::steady_clock::now();
    const auto refused = LiveSandbox::get().run(with(args, {"--lock-wait", "700ms"}));
    const auto took = std::chrono::steady_clock::now() - began;
    INFO(refused.err);
    CHECK(refused.status == 6);
    CHECK_THAT(refused.error()["message"].get<std::string>(), Catch::Contains("jane"));
    CHECK(took >= 700ms);
    CHECK(took < 10s);
  }
  CHECK(holder.finish() == 0);
  LiveSandbox::get().remove("busy");
}

TEST_CASE("who waits for a lock goes on when the holder has ended") {
  Holder holder;
  Background waiting(with(k_create_lock_wait, {"--lock-wait", "30s"}));
  Background resuming({"resume", "busy", "--lock-wait", "30s", "-o", "json"});
  std::this_thread::sleep_for(500ms);

  CHECK(holder.finish() == 0);

  const auto created = waiting.wait();
  INFO(created.err);
  CHECK(created.status == 5);
  CHECK(created.error()["code"] == "tenant_exists");
  CHECK(resuming.wait().status == 0);
  LiveSandbox::get().remove("busy");
}

TEST_CASE("a wait for a lock ends at once with a signal") {
  Holder holder;
  Background waiting(with(k_create_lock_wait, {"--lock-wait", "2m"}));
  std::this_thread::sleep_for(1s);

  waiting.signal(SIGINT);

  const auto ended = waiting.wait();
  INFO(ended.err);
  CHECK(ended.status == 130);
  CHECK(holder.finish() == 0);
  LiveSandbox::get().remove("busy");
}

TEST_CASE("a second signal stops at once with 10, and what it leaves can be resumed") {
  const auto& sandbox = LiveSandbox::get();
  for (const auto& [first, second] : {std::pair{SIGINT, SIGTERM}, std::pair{SIGHUP, SIGINT}}) {
    Background process(k_create_lock_wait, {"TENANTCTL_FAILPOINT=settings:after_effect@stop"});
    REQUIRE(process.stopped());
    process.signal(first);
    process.signal(second);
    process.signal(SIGCONT);

    const auto ended = process.wait();

    CHECK(ended.status == 10);
    CHECK_THAT(ended.err, Catch::Contains("tenantctl operations list --unfinished"));
    CHECK(sandbox.run({"resume", "busy"}).status == 0);
    CHECK_THAT(sandbox.get("busy.yourapp.test"), Catch::StartsWith("200\n"));
    sandbox.remove("busy");
    CHECK(sandbox.inventory().empty());
  }
}

TEST_CASE("the same signal twice stops at once as well") {
  const auto& sandbox = LiveSandbox::get();
  const auto application = sandbox.pid_of("demo-app");
  ::kill(application, SIGSTOP);
  Background process(k_create_lock_wait);
  // What follows the route is the wait for the application.
  const auto route = sandbox.dir() / "nginx/tenantctl/routes/demo/busy.yourapp.test";
  for (int i = 0; i < 500 && !std::filesystem::exists(route); ++i) std::this_thread::sleep_for(20ms);
  std::this_thread::sleep_for(200ms);
  process.signal(SIGINT);
  std::this_thread::sleep_for(200ms);
  const auto began = std::chrono::steady_clock::now();
  process.signal(SIGINT);

  const auto ended = process.wait();

  ::kill(application, SIGCONT);
  CHECK(ended.status == 10);
  CHECK(std::chrono::steady_clock::now() - began < 2s);
  CHECK(sandbox.run({"rollback", "busy", "--yes"}).status == 0);
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("closed output streams and readers that went away do not stop an undo half way") {
  const auto& sandbox = LiveSandbox::get();
  for (const std::string streams : {">&- 2>&-", "2>&1 | true; exit ${PIPESTATUS[0]}", "2>/dev/full >/dev/full"}) {
    INFO(streams);
    (void)sandbox.create("busy");
    CHECK(sandbox.bash("$T rollback busy --yes " + streams).status == 0);
    CHECK(sandbox.inventory().empty());
  }
}
