// What can break between here and a host behind SSH, and on that host, while tenants are made and taken away there: the link, the
// host itself, its programs, its disk. PostgreSQL and nginx are behind the same real sshd. Where the faults come is drawn by the
// printed seed, and $TENANTCTL_SWEEP=full draws more.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>

#include "support/background.hpp"
#include "support/breaking_tools.hpp"
#include "support/create_way.hpp"
#include "support/cutting_proxy.hpp"
#include "support/proxied.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

const std::vector<std::string> k_create_by_ssh{"create", "faraway", "--email", "a@faraway.test", "-o", "json"};
const std::vector<std::string> k_rollback{"rollback", "faraway", "--yes", "-o", "json"};

bool is_unfinished() {
  return !LiveSandbox::get().sql("select 1 from operations where state in ('running', 'undoing', 'stuck')", "tenantctl").empty();
}

/// What the command said is true, and what it left ends in a live tenant or in none. Leaves nothing.
void judge(const CliResult& said, const std::string& fault, bool creating) {
  auto& sandbox = LiveSandbox::get();
  INFO(fault << ": status " << said.status << " " << said.out << said.err);
  // 1: undone; 9: undone, after the host was not there; 10: unfinished; 11: unfinished, and its undo failed.
  const std::vector<int> ends{0, 1, 9, 10, 11};
  CHECK(std::ranges::count(ends, said.status) == 1);
  if (said.status < 10) CHECK_FALSE(is_unfinished());
  if (said.status == 0 && creating) CHECK(sandbox.is_live("faraway"));
  if (said.status == (creating ? 1 : 0)) CHECK(sandbox.inventory() == Inventory{});
  if (is_unfinished()) {
    // A "stuck" undo can only be done again.
    const bool undoing = sandbox.sql("select 1 from operations where state = 'running'", "tenantctl").empty();
    const std::string verb = !undoing && Tally::get().toss() ? "resume" : "rollback";
    const auto ended = sandbox.run({verb, "faraway", "--yes", "-o", "json"});
    INFO(verb << ": " << ended.out << ended.err);
    CHECK(ended.status == 0);
    CHECK(sandbox.is_live("faraway") == (verb == "resume"));
  }
  if (!sandbox.inventory().empty()) sandbox.remove("faraway");
  const auto left = sandbox.inventory();
  Tally::get().add(fault, left);
  Tally::get().swept(1);
  REQUIRE(left == Inventory{});
}

/// The host through a proxy that can cut the link, for the length of a scope.
class CutLink {
 public:
  CutLink() : way_("ssh"), proxy_(way_.ssh().host().port) {
    way_.ssh().know_at(proxy_.port());
    const auto& sandbox = LiveSandbox::get();
    LiveSandbox::get().use(changed_config(
        "cut_link.yaml", {{fmt::format("@127.0.0.1:{}\"", way_.ssh().host().port), fmt::format("@127.0.0.1:{}\"", proxy_.port())}},
        sandbox.config()));
  }
  CuttingProxy& proxy() { return proxy_; }

 private:
  CreateWay way_;
  CuttingProxy proxy_;
};

void cut_links(const std::vector<std::string>& args, bool creating) {
  CutLink link;
  auto& sandbox = LiveSandbox::get();
  const auto run = [&](Cut cut, int n) {
    if (!creating) REQUIRE(sandbox.run(k_create_by_ssh).status == 0);
    link.proxy().arm(cut, n);
    auto said = sandbox.run(args);
    link.proxy().disarm();
    return said;
  };
  judge(run(Cut::in_flight, 1'000'000), "SSH link not cut", creating);
  const int requests = link.proxy().requests();
  REQUIRE(requests >= 12);  // chunks, as they happened to arrive: more than a login's eight or so
  const int rounds = Tally::get().full() ? 60 : 6;
  for (int round = 0; round < rounds; ++round) {
    // One in each stretch of the way: by chance alone most would meet the login.
    const auto n = (round * requests + static_cast<int>(Tally::get().dice()() % static_cast<unsigned>(requests))) / rounds + 1;
    const auto cut = std::array{Cut::request_lost, Cut::in_flight, Cut::answer_lost}[Tally::get().dice()() % 3];
    INFO(name_of(cut) << " at " << n << " of " << requests);
    judge(run(cut, n), std::string("SSH ") + (creating ? "create: " : "rollback: ") + name_of(cut), creating);
  }
}

/// At every step's effect, or before it is taken back.
std::vector<std::string> effects(const std::string& moment) {
  std::vector<std::string> chosen;
  for (const std::string step : {"roles", "database", "access", "settings", "route", "verify"}) chosen.push_back(step + ":" + moment);
  return chosen;
}

/// The host goes away while the command stands before `point`, and is there again before anybody resumes or rolls back.
void lose_host_at(SshServer& ssh, const std::vector<std::string>& args, const std::string& point, bool creating) {
  auto& sandbox = LiveSandbox::get();
  INFO("host gone at " << point);
  if (!creating) REQUIRE(sandbox.run(k_create_by_ssh).status == 0);
  Background running(args, {"TENANTCTL_FAILPOINT=" + point + "@stop"});
  REQUIRE(running.stopped());
  ssh.end_sessions();
  ssh.stop();
  running.signal(SIGCONT);
  const auto said = running.wait();
  ssh.start();

  CHECK(said.status != k_killed);  // it came to an end by itself
  judge(said, "SSH host gone", creating);
}

/// Some of the calls of the host's tools that change files, each met by one of the faults.
void break_tools(const BreakingTools& tools, const std::vector<std::string>& faults, bool creating, std::size_t count) {
  auto& sandbox = LiveSandbox::get();
  const auto run = [&] { return sandbox.run(creating ? k_create_by_ssh : k_rollback); };
  if (!creating) REQUIRE(sandbox.run(k_create_by_ssh).status == 0);
  tools.listen();
  const auto whole = run();
  const auto calls = tools.heard();
  judge(whole, "SSH host's programs not broken", creating);
  REQUIRE(calls.size() >= count);
  for (const auto& [tool, n] : Tally::get().draw(calls, count)) {
    for (const auto& fault : Tally::get().draw(faults, 1)) {
      INFO(fault << " at " << tool << " number " << n << (creating ? " of a create" : " of a rollback"));
      if (!creating) REQUIRE(sandbox.run(k_create_by_ssh).status == 0);
      tools.arm(tool, n, fault);
      const auto said = run();
      CHECK(tools.has_broken());
      tools.disarm();
      judge(said, fault + " of a program on the SSH host", creating);
    }
  }
}

}  // namespace

TEST_CASE("a create whose SSH link breaks at any time says what is true, and can be finished or removed", "[ssh][link]") {
  cut_links(k_create_by_ssh, true);
}

TEST_CASE("a rollback whose SSH link breaks at any time says what is true, and can be done again", "[ssh][link]") {
  cut_links(k_rollback, false);
}

TEST_CASE("a create whose SSH host goes away at any effect ends by itself, and can be finished or removed when it is back", "[ssh][link]") {
  CreateWay way("ssh");
  for (const auto& point : Tally::get().draw(effects("before_effect"), 3)) lose_host_at(way.ssh(), k_create_by_ssh, point, true);
  for (const auto& point : Tally::get().draw(effects("after_effect"), 2)) lose_host_at(way.ssh(), k_create_by_ssh, point, true);
}

TEST_CASE("a rollback whose SSH host goes away at any effect ends by itself, and can be done again when it is back", "[ssh][link]") {
  CreateWay way("ssh");
  for (const auto& point : Tally::get().draw(effects("before_revert"), 3)) lose_host_at(way.ssh(), k_rollback, point, false);
}

TEST_CASE("a program that is killed on the SSH host at any change of a file leaves what a create or rollback can end", "[ssh][files]") {
  const BreakingTools tools;
  const CreateWay way("ssh", tools.of_sshd());
  break_tools(tools, {"kill-before", "kill-after"}, true, 6);
  break_tools(tools, {"kill-before", "kill-after"}, false, 3);
}

TEST_CASE("a full or broken disk on the SSH host at any change of a file leaves nothing of a create, or all of it", "[ssh][files]") {
  const BreakingTools tools;
  const CreateWay way("ssh", tools.of_sshd());
  break_tools(tools, {"ENOSPC", "EIO"}, true, 5);
}
