// The connection to the control database, and then that to the tenants' server, is cut at every request of a create and of a
// rollback: before it is sent on, while it runs, and after its answer. What the command then says is true.
#include <catch2/catch.hpp>

#include "support/proxied.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

void check_active() {
  CHECK(LiveSandbox::get().is_live("lost"));
  CHECK(LiveSandbox::get().run({"show", "lost", "-o", "json"}).json()["tenant"]["status"] == "active");
}

/// An unfinished operation can be finished or removed; where it is not known whether one began, there may be none.
void end_unfinished(const CliResult& said) {
  auto& sandbox = LiveSandbox::get();
  if (sandbox.inventory().empty()) {
    CHECK_THAT(said.err, Catch::Contains("can't be found out"));
    return;
  }
  const std::string verb = Tally::get().toss() ? "resume" : "rollback";
  const auto ended = sandbox.run({verb, "lost", "--yes", "-o", "json"});
  INFO(verb << ": " << ended.out << ended.err);
  CHECK(ended.status == 0);
  if (sandbox.inventory().empty()) return;
  check_active();
  sandbox.remove("lost");
}

/// What a create says against what is there. Leaves nothing.
void judge_create(const CliResult& said) {
  auto& sandbox = LiveSandbox::get();
  switch (said.status) {
    case 0:
      check_active();
      sandbox.remove("lost");
      break;
    case 1:
    case 9: CHECK(sandbox.inventory() == Inventory{}); break;
    case 10: end_unfinished(said); break;
    default: FAIL_CHECK("status " << said.status);
  }
}

/// A rollback that could not go on says what is left, or is unfinished; it can be done again.
void judge_rollback(const CliResult& said) {
  auto& sandbox = LiveSandbox::get();
  CHECK((said.status == 0 || said.status == 9 || said.status == 10 || said.status == 11));
  if (said.status == 9) check_active();
  if (said.status == 0) {
    CHECK(sandbox.inventory() == Inventory{});
  } else if (!sandbox.inventory().empty()) {
    const auto again = sandbox.run({"rollback", "lost", "--yes", "-o", "json"});
    INFO("again: " << again.out << again.err);
    CHECK(again.status == 0);
  }
}

/// From which request on, and how many further from one to the next: every one for a database, some by chance for a schema, since
/// most of what is asked for it is asked for a database too.
struct Requests {
  explicit Requests(const std::string& stack)
      : step(stack == "demo" || Tally::full() ? 1 : 4), first(1 + static_cast<int>(Tally::get().dice()() % static_cast<unsigned>(step))) {}
  int step;
  int first;
};

/// The statuses, one for each request that was cut.
std::vector<int> sweep_create(const std::string& which, Cut cut, const std::string& stack = "demo") {
  Proxied proxied(which, stack);
  std::vector<int> statuses;
  const Requests requests(stack);
  for (int n = requests.first;; n += requests.step) {
    REQUIRE(n < 500);
    INFO(name_of(cut) << " at request " << n);
    proxied.proxy().arm(cut, n);
    const auto said = proxied.run({"create", "lost", "--email", "a@lost.test"});
    INFO("status " << said.status << " " << said.out << said.err);
    const bool done = !proxied.proxy().has_cut();
    if (done) REQUIRE(said.status == 0);
    judge_create(said);
    const auto left = LiveSandbox::get().inventory();
    REQUIRE(left == Inventory{});
    if (done) return statuses;
    statuses.push_back(said.status);
    Tally::get().add("create: " + name_of(cut), left);
    Tally::get().swept(1);
  }
}

void sweep_rollback(const std::string& which, Cut cut, const std::string& stack = "demo") {
  Proxied proxied(which);
  const Requests requests(stack);
  for (int n = requests.first;; n += requests.step) {
    REQUIRE(n < 500);
    INFO(name_of(cut) << " at request " << n);
    LiveSandbox::get().create("lost", {"--stack", stack});
    proxied.proxy().arm(cut, n);
    const auto said = proxied.run({"rollback", "lost", "--yes"});
    INFO("status " << said.status << " " << said.out << said.err);
    judge_rollback(said);
    const auto left = LiveSandbox::get().inventory();
    REQUIRE(left == Inventory{});
    if (!proxied.proxy().has_cut()) break;
    Tally::get().add("rollback: " + name_of(cut), left);
    Tally::get().swept(1);
  }
}

}  // namespace

TEST_CASE("a create that loses the control database's answer says what is true", "[lost]") {
  const auto cut = GENERATE(Cut::request_lost, Cut::in_flight, Cut::answer_lost);

  const auto statuses = sweep_create(k_control, cut);

  // Reads are asked again and writes looked up: a connection that comes back undoes nothing.
  CHECK(std::ranges::count(statuses, 1) == 0);
  // The last of all: the close, the look at the tenant for the report, the unlock. Success is success, heard or not.
  REQUIRE(statuses.size() > 3);
  CHECK(std::vector<int>(statuses.end() - 3, statuses.end()) == std::vector<int>(3, 0));
}

TEST_CASE("a create that loses the tenants' server's answer says what is true", "[lost]") {
  sweep_create(k_server, GENERATE(Cut::request_lost, Cut::in_flight, Cut::answer_lost));
}

TEST_CASE("a rollback that loses the control database's answer says what is true", "[lost]") {
  sweep_rollback(k_control, GENERATE(Cut::in_flight, Cut::answer_lost));
}

TEST_CASE("a rollback that loses the tenants' server's answer says what is true", "[lost]") {
  sweep_rollback(k_server, GENERATE(Cut::in_flight, Cut::answer_lost));
}

TEST_CASE("a create in a shared database that loses the server's answer says what is true", "[lost]") {
  const auto cut = GENERATE(Cut::request_lost, Cut::in_flight, Cut::answer_lost);
  LiveSandbox::get().sql("drop database if exists sandbox_shared with (force)");  // so that its making is cut too
  sweep_create(k_server, cut, "shared");
}

TEST_CASE("a rollback in a shared database that loses the server's answer says what is true", "[lost]") {
  sweep_rollback(k_server, GENERATE(Cut::in_flight, Cut::answer_lost), "shared");
}
