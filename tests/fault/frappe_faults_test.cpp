// Rivals, take-overs, a broken SSH link, and broken programs and disks under a Frappe site's create and rollback. SIGKILL at its
// points is in frappe_sweep_test.cpp. What is drawn is drawn by the printed seed, and $TENANTCTL_SWEEP=full draws more.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <memory>

#include "fault/injected.hpp"
#include "support/background.hpp"
#include "support/breaking_tools.hpp"
#include "support/cutting_proxy.hpp"
#include "support/proxied.hpp"
#include "support/site_world.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

const std::vector<std::string> k_create_site{"create", "crashed", "--email", "admin@crashed.test"};
const std::vector<std::string> k_rollback_site{"rollback", "crashed", "--yes"};

bool is_live(const SiteWorld& world) { return world.ask("crashed.yourapp.test", "/api/method/ping").find("pong") != std::string::npos; }

void check_gone(const SiteWorld& world, const std::string& fault) {
  const auto left = world.leftovers();
  Tally::get().add(fault, left);
  INFO(fault << (left.empty() ? "" : ": " + left.front()));
  REQUIRE(left.empty());
}

/// Whole and then taken away, or nothing at all.
void check_whole_or_gone(const SiteWorld& world, const std::string& fault) {
  if (world.tenantctl({"show", "crashed"}).status == 0) {
    CHECK(is_live(world));
    REQUIRE(world.tenantctl(k_rollback_site).status == 0);
  }
  check_gone(world, fault);
}

std::unique_ptr<Background> start(const SiteWorld& world, const std::vector<std::string>& args, const std::string& point = {}) {
  std::vector<std::string> environment{"TENANTCTL_CONFIG=" + world.config().string()};
  if (!point.empty()) environment.push_back("TENANTCTL_FAILPOINT=" + point);
  return std::make_unique<Background>(args, environment);
}

std::string state(const SiteWorld& world) {
  const auto listed = world.tenantctl({"operations", "list", "-o", "json"}).json()["operations"];
  for (const auto& operation : listed) {
    const auto is = operation["state"].get<std::string>();
    if (is == "running" || is == "undoing" || is == "stuck") return is;
  }
  return "";
}

/// What the command said is true, and what it left ends in a live site or in none. Leaves nothing.
void judge(const SiteWorld& world, const CliResult& said, const std::string& fault, bool creating) {
  INFO(fault << ": status " << said.status << " " << said.out << said.err);
  const std::vector<int> ends{0, 1, 9, 10, 11};
  CHECK(std::ranges::count(ends, said.status) == 1);
  const auto is = state(world);
  if (said.status < 10) CHECK(is.empty());
  if (said.status == 0 && creating) CHECK(is_live(world));
  if (said.status == (creating ? 1 : 0)) CHECK(world.leftovers() == std::vector<std::string>{});
  if (!is.empty()) {
    const std::string verb = is == "running" && Tally::get().toss() ? "resume" : "rollback";
    const auto ended = world.tenantctl({verb, "crashed", "--yes"});
    INFO(verb << ": " << ended.out << ended.err);
    CHECK(ended.status == 0);
    CHECK(is_live(world) == (verb == "resume"));
  }
  Tally::get().swept(1);
  check_whole_or_gone(world, fault);
}

void cut_links(bool creating) {
  SiteWorld world(BenchWay::by_ssh);
  CuttingProxy proxy(world.ssh().host().port);
  world.lead_through(proxy.port());
  const auto run = [&](Cut cut, int n) {
    if (!creating) REQUIRE(world.tenantctl(k_create_site).status == 0);
    proxy.arm(cut, n);
    auto said = world.tenantctl(creating ? k_create_site : k_rollback_site);
    proxy.disarm();
    return said;
  };
  judge(world, run(Cut::in_flight, 1'000'000), "SSH link of a bench not cut", creating);
  const int requests = proxy.requests();
  REQUIRE(requests >= 12);  // chunks, as they happened to arrive: more than a login's eight or so
  const int rounds = Tally::get().full() ? 40 : 4;
  for (int round = 0; round < rounds; ++round) {
    const auto n = (round * requests + static_cast<int>(Tally::get().dice()() % static_cast<unsigned>(requests))) / rounds + 1;
    const auto cut = std::array{Cut::request_lost, Cut::in_flight, Cut::answer_lost}[Tally::get().dice()() % 3];
    INFO(name_of(cut) << " at " << n << " of " << requests);
    judge(world, run(cut, n), std::string("SSH of a bench, ") + (creating ? "create: " : "rollback: ") + name_of(cut), creating);
  }
}

/// Some of the calls by which a create changes files on the bench's host, each met by one of the faults.
void break_tools(const std::vector<std::string>& faults, std::size_t count) {
  const BreakingTools tools;
  const SiteWorld world(BenchWay::by_ssh, {}, tools.of_sshd());
  tools.listen();
  const auto whole = world.tenantctl(k_create_site);
  const auto calls = tools.heard();
  judge(world, whole, "bench's host not broken", true);
  REQUIRE(calls.size() >= count);
  for (const auto& [tool, n] : Tally::get().draw(calls, count)) {
    for (const auto& fault : Tally::get().draw(faults, 1)) {
      INFO(fault << " at " << tool << " number " << n);
      tools.arm(tool, n, fault);
      const auto said = world.tenantctl(k_create_site);
      CHECK(tools.has_broken());
      tools.disarm();
      judge(world, said, fault + " of a program on the bench's host", true);
    }
  }
}

CliResult create_under_strace(const SiteWorld& world, const std::string& call, const std::string& fault, int n) {
  return world.run_under(injecting(call, fault, n, "/dev/null"), k_create_site, Build::release);
}

}  // namespace

TEST_CASE("of processes that race for one site's name one wins, the others end with 5 or 6, and nothing is orphaned", "[frappe][race]") {
  const SiteWorld world(BenchWay::here);
  constexpr int rivals_at_once = 6;
  for (int round = 0; round < 2; ++round) {
    Rivals rivals;
    for (int i = 0; i < rivals_at_once; ++i) rivals.push_back(start(world, k_create_site));
    const auto ended = finish(rivals);
    INFO(ended.said);
    CHECK(ended.won == 1);
    CHECK(ended.refused == rivals_at_once - 1);
    CHECK(is_live(world));
    Tally::get().raced(rivals_at_once);
    check_whole_or_gone(world, "a race for one site's name");
  }
}

TEST_CASE("a resume and a rollback of a site at the same time end in a whole tenant or in none", "[frappe][race]") {
  const SiteWorld world(BenchWay::here);
  for (const auto& point : Tally::get().draw<std::string>({"site:after_effect", "administrator:before_effect", "route:after_effect"}, 2)) {
    REQUIRE(world.tenantctl(k_create_site, {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);
    const auto resume = start(world, {"resume", "crashed"});
    const auto rollback = start(world, k_rollback_site);

    const auto resumed = resume->wait();
    const auto rolled_back = rollback->wait();

    INFO(point << ": " << resumed.status << " " << resumed.err << rolled_back.status << " " << rolled_back.err);
    for (const auto* ended : {&resumed, &rolled_back}) CHECK((ended->status == 0 || ended->status == 5 || ended->status == 6));
    CHECK((resumed.status == 0 || rolled_back.status == 0));
    check_whole_or_gone(world, "resume against rollback of a site");
  }
}

TEST_CASE("a site's create that was stopped before an effect and taken over changes nothing more", "[frappe][fence]") {
  const BenchWay way = Tally::get().toss() ? BenchWay::here : BenchWay::by_ssh;
  const SiteWorld world(way);
  for (const auto& step :
       Tally::get().draw<std::string>({"site", "apps", "site_config", "administrator", "scheduler", "route", "verify"}, 3)) {
    for (const auto& taken_over_by : Tally::get().draw<std::string>({"resume", "rollback", "rollback and a new create"}, 1)) {
      INFO(step << ", then " << taken_over_by << (way == BenchWay::here ? "" : ", through SSH"));
      const auto paused = start(world, k_create_site, step + ":before_effect@stop");
      REQUIRE(paused->stopped());
      world.cut_off_from_control();
      const auto second = world.tenantctl({taken_over_by == "resume" ? "resume" : "rollback", "crashed", "--yes"});
      INFO(second.err);
      REQUIRE(second.status == 0);
      if (taken_over_by.ends_with("create")) REQUIRE(world.tenantctl(k_create_site).status == 0);
      const auto before = world.everything();

      paused->signal(SIGCONT);
      const auto ended = paused->wait();

      INFO(ended.out << ended.err);
      CHECK(ended.status == 10);
      CHECK(world.everything() == before);
      check_whole_or_gone(world, "SIGSTOP, taken over, SIGCONT: create of a site");
    }
  }
}

TEST_CASE("a site's create whose SSH link breaks at any time says what is true, and can be finished or removed", "[frappe][link]") {
  cut_links(true);
}

TEST_CASE("a site's rollback whose SSH link breaks at any time says what is true, and can be done again", "[frappe][link]") {
  cut_links(false);
}

TEST_CASE("a program that is killed on the bench's host leaves what a create or a later hand can end", "[frappe][files]") {
  break_tools({"kill-before", "kill-after"}, 3);
}

TEST_CASE("a full or broken disk on the bench's host leaves nothing of a create, or all of it", "[frappe][files]") {
  break_tools({"ENOSPC", "EIO"}, 2);
}

TEST_CASE("a site's create that is killed at a call that makes a file last can be gone on with", "[frappe][files]") {
  const SiteWorld world(BenchWay::here);
  for (const auto& call : Tally::get().draw<std::string>({"fsync", "linkat", "fchmod"}, 2)) {
    const int n = 1 + static_cast<int>(Tally::get().dice()() % 3);
    INFO("SIGKILL at " << call << " number " << n);
    const auto said = create_under_strace(world, call, "signal=KILL", n);
    REQUIRE((said.status == k_killed || said.status == 0));
    const std::string verb = said.status == 0 || Tally::get().toss() ? "rollback" : "resume";
    const auto ended = world.tenantctl({verb, "crashed", "--yes"});
    INFO(verb << ": " << ended.err);
    CHECK(ended.status == 0);
    check_whole_or_gone(world, "SIGKILL at " + call + " of a site's create");
  }
}

TEST_CASE("a full disk here ends a site's create with 1 and disk_full, and nothing is left", "[frappe][files]") {
  const SiteWorld world(BenchWay::here);
  for (const auto& call : Tally::get().draw<std::string>({"fsync", "linkat"}, 1)) {
    const auto said = create_under_strace(world, call, "error=ENOSPC", 1);
    INFO(call << ": " << said.err);
    CHECK(said.status == 1);
    CHECK_THAT(said.err, Contains("no space left on device"));
    check_gone(world, "ENOSPC at " + call + " of a site's create");
  }
}
