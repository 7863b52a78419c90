// Lost answers, restarts of PostgreSQL and rivals in what operators do to a live tenant. SIGKILL at each point of these is in
// life_sweep_test.cpp and domain_sweep_test.cpp. Where in a deed the fault comes is left to chance, and so to the printed seed;
// each deed meets each kind of fault.
#include <catch2/catch.hpp>

#include <csignal>
#include <future>
#include <thread>

#include "fault/deeds.hpp"
#include "support/background.hpp"
#include "support/proxied.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

/// How many requests the deed makes on that connection.
int requests_of(const Deed& deed, Proxied& proxied) {
  deed.prepare();
  proxied.proxy().arm(Cut::in_flight, 1'000'000);
  const auto whole = proxied.run(deed.args);
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  REQUIRE(deed.stand() == "after");
  return proxied.proxy().requests();
}

void lose_answers(const Deed& deed, const std::string& which) {
  Proxied proxied(which);
  const int requests = requests_of(deed, proxied);
  const std::vector<Cut> cuts{Cut::request_lost, Cut::in_flight, Cut::answer_lost};
  // A full sweep cuts at every request, the others at one of each deed.
  for (int round = 0; round < (Tally::get().full() ? requests : 1); ++round) {
    const auto cut = cuts[Tally::get().dice()() % cuts.size()];
    const int n = Tally::get().full() ? round + 1 : 1 + static_cast<int>(Tally::get().dice()() % static_cast<unsigned>(requests));
    INFO(deed.name << ": " << name_of(cut) << " at request " << n << " of " << requests << " on \"" << which << "\"");
    deed.prepare();
    proxied.proxy().arm(cut, n);

    const auto said = proxied.run(deed.args);
    proxied.proxy().disarm();

    judge_deed(deed, said);
    Tally::get().add("a deed: " + name_of(cut));
    Tally::get().swept(1);
  }
}

struct RivalDeeds {
  std::string one;
  std::string other;
};

}  // namespace

TEST_CASE("what is done to a tenant and loses the control database's answer says what is true", "[lost][deeds]") {
  for (const auto& deed : deeds()) lose_answers(deed, k_control);
  end_deeds();
}

TEST_CASE("what is done to a tenant and loses the tenants' server's answer says what is true", "[lost][deeds]") {
  for (const auto& deed : deeds()) {
    if (!deed.name.starts_with("domain")) lose_answers(deed, k_server);  // those ask it nothing
  }
  end_deeds();
}

TEST_CASE("a restart of PostgreSQL under what is done to a tenant ends in a true status", "[restart][deeds]") {
  auto& sandbox = LiveSandbox::get();
  for (const auto& deed : deeds()) {
    const int signal = Tally::get().toss() ? SIGINT : SIGQUIT;
    const auto delay = std::chrono::milliseconds(Tally::get().dice()() % 300);
    INFO(deed.name << ": signal " << signal << " after " << delay.count() << " ms");
    deed.prepare();
    auto running = std::async(std::launch::async, [&] { return sandbox.run(deed.args); });
    std::this_thread::sleep_for(delay);
    sandbox.stop_postgres(signal);
    sandbox.repair();

    judge_deed(deed, running.get());

    Tally::get().add("PostgreSQL restarted under a deed");
  }
  end_deeds();
}

TEST_CASE("of two operators on one tenant each is served or refused, and the tenant is whole", "[race][deeds]") {
  const auto [one, other] = GENERATE(table<const char*, const char*>({{"suspend", "delete"},
                                                                      {"restore", "delete"},
                                                                      {"restore", "restore"},
                                                                      {"delete", "delete"},
                                                                      {"cancel", "restore"},
                                                                      {"domain add", "suspend"},
                                                                      {"domain remove", "delete"},
                                                                      {"clone", "delete"},
                                                                      {"clone", "clone"}}));
  const int rounds = Tally::get().full() ? 6 : 1;
  for (int round = 0; round < rounds; ++round) {
    deed(other).prepare();
    deed(one).prepare();
    const auto head_start = static_cast<useconds_t>(Tally::get().dice()() % 200'000);
    INFO(one << " against " << other << ", which comes " << head_start << " us later");
    Background first(deed(one).args);
    ::usleep(head_start);
    Background second(deed(other).args);

    const auto first_said = first.wait();
    const auto second_said = second.wait();

    INFO(first_said.status << " " << first_said.err << second_said.status << " " << second_said.err);
    // 1: undone, because what it worked on was taken away; 4: unknown by then; 5: not in this state; 6: busy.
    const std::vector<int> ends{0, 1, 4, 5, 6};
    for (const auto* said : {&first_said, &second_said}) CHECK(std::ranges::count(ends, said->status) == 1);
    CHECK((first_said.status == 0 || second_said.status == 0));
    CHECK(unfinished().empty());
    const auto state = state_of_tenant();
    CHECK((state == "active" || state == "suspended" || state == "cancelled" || state == "deleted"));
    const auto left = state == "deleted" && std::string(one) != "clone" ? LiveSandbox::get().inventory() : Inventory{};
    CHECK(left == Inventory{});
    Tally::get().add("two deeds at once", left);
    Tally::get().raced(2);
  }
  end_deeds();
}
