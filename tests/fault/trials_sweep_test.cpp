// SIGKILL at every point of a run that ends trials, then another run: each tenant meets each effect once. Real binary, real servers.
#include <catch2/catch.hpp>

#include <set>

#include "fault/failpoints.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr const char* k_ending = "ending";

struct Ending {
  std::string pipeline;
  bool pays;
};

std::string later() {
  return LiveSandbox::get()
      .sql("select to_char((clock_timestamp() + interval '10 days') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
      .front();
}

void begin_trial(bool pays) {
  auto& sandbox = LiveSandbox::get();
  if (run_to({"show", k_ending}).status == 0) sandbox.remove(k_ending);
  sandbox.create(k_ending, {"--plan", "trial"});
  sandbox.sql(
      std::string("update tenants set trial_ends_at = clock_timestamp() - interval '20 days', grace_ends_at = clock_timestamp() - interval "
                  "'13 days', payment_reference = '") +
          (pays ? "pm_1" : "") + "' where slug = '" + k_ending + "' returning 1",
      "tenantctl");
}

std::string operations_of(const std::string& kind) {
  return LiveSandbox::get()
      .sql("select count(*) from operations o join tenants t on t.id = o.tenant where t.slug = '" + std::string(k_ending) +
               "' and o.kind = '" + kind + "' and o.state = 'succeeded'",
           "tenantctl")
      .front();
}

void sweep(const Ending& ending) {
  const auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"][ending.pipeline].get<std::vector<std::string>>();
  std::size_t killed = 0;
  for (const auto& point : points) {
    if (is_backward(point)) continue;
    INFO(ending.pipeline << ": " << point);
    begin_trial(ending.pays);
    // Points of steps that this change does not have are passed by none.
    if (run_to({"trials", "expire", "--now", later(), "--jobs", "1"}, point).status == k_killed) ++killed;

    const auto next = run_to({"trials", "expire", "--now", later()});
    const auto last = run_to({"trials", "expire", "--now", later()});

    INFO(next.out << next.err << last.out << last.err);
    CHECK(next.status == 0);
    CHECK(last.out.empty());
    const auto tenant = run_to({"show", k_ending, "-o", "json"}).json()["tenant"];
    CHECK(tenant["status"] == (ending.pays ? "active" : "suspended"));
    CHECK(tenant["plan"] == (ending.pays ? "starter" : "trial"));
    CHECK(operations_of(ending.pays ? "plan_set" : "suspend") == "1");
    CHECK(LiveSandbox::get().is_live(k_ending) == ending.pays);
    CHECK(unfinished_states().empty());
    Tally::get().add("SIGKILL at a failpoint of a run that ends trials");
  }
  REQUIRE(killed >= 6);
  Tally::get().swept(killed);
}

}  // namespace

TEST_CASE("a run that ends trials and is killed at any point is made up for by the next, once", "[crash][trials]") {
  sweep({.pipeline = "plan_set", .pays = true});
  sweep({.pipeline = "life", .pays = false});

  LiveSandbox::get().remove(k_ending);
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}
