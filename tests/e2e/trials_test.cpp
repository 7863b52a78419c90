// Trials end: the real binary, from the reminder to the cancellation, and the other way that somebody pays for.
#include <catch2/catch.hpp>

#include <thread>

#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

struct Trial {
  explicit Trial(const std::string& slug) : name(slug) { LiveSandbox::get().create(slug, {"--plan", "trial"}); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    LiveSandbox::get().remove(name);
    CHECK(LiveSandbox::get().inventory() == Inventory{});
  }
  nlohmann::json show() const { return LiveSandbox::get().run({"show", name, "-o", "json"}).json()["tenant"]; }
  /// As if the trial had ended so many days ago, or was to end in so many.
  void end_days_ago(int days) const {
    LiveSandbox::get().sql("update tenants set trial_ends_at = clock_timestamp() - interval '" + std::to_string(days * 24) +
                               " hours' where slug = '" + name + "' returning 1",
                           "tenantctl");
  }
  std::string name;
};

CliResult expire(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"trials", "expire"});
  return LiveSandbox::get().run(more);
}

/// So many days from now.
std::string in_days(int days) {
  return LiveSandbox::get()
      .sql("select to_char((clock_timestamp() + interval '" + std::to_string(days * 24) +
           " hours') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
      .front();
}

}  // namespace

TEST_CASE("a trial that nobody pays for is reminded of, gets its grace, and is suspended and cancelled", "[trials]") {
  auto& sandbox = LiveSandbox::get();
  const Trial trial("trial-a");
  CHECK(expire().out.empty());

  trial.end_days_ago(-2);
  const auto planned = expire({"--dry-run"});
  const auto reminded = expire();
  const auto reminded_again = expire();
  trial.end_days_ago(1);
  const auto graced = expire();
  const auto is_live_in_grace = sandbox.is_live("trial-a");
  const auto suspended = expire({"--now", in_days(8)});
  const auto is_live_after = sandbox.is_live("trial-a");
  const auto state = trial.show();
  const auto nothing = expire({"--now", in_days(9)});
  const auto cancelled = expire({"--now", in_days(40), "-o", "json"});

  CHECK(planned.out == "trial-a: would be reminded\n");
  CHECK(reminded.out == "trial-a: reminded\n");
  CHECK(reminded_again.out.empty());
  CHECK(graced.out == "trial-a: its grace has begun\n");
  CHECK(is_live_in_grace);
  INFO(suspended.err);
  CHECK(suspended.out == "trial-a: suspended\n");
  CHECK_FALSE(is_live_after);
  CHECK(state["status"] == "suspended");
  CHECK(state["status_reason"] == "the trial is over");
  CHECK(nothing.out.empty());
  CHECK(cancelled.json()["trials"][0]["action"] == "cancel");
  CHECK(trial.show()["status"] == "cancelled");
}

TEST_CASE("a trial that somebody pays for becomes the plan that its terms name", "[trials]") {
  const Trial trial("trial-b");
  trial.end_days_ago(0);
  const auto card = LiveSandbox::get().run({"payment-method", "set", "trial-b", "4242 4242 4242 4242"});
  const auto words = LiveSandbox::get().run({"payment-method", "set", "trial-b", "4242", "4242", "4242", "4242"});
  REQUIRE(LiveSandbox::get().run({"payment-method", "set", "trial-b", "pm_1NxAbc"}).status == 0);

  const auto listed = LiveSandbox::get().run({"trials", "list"});
  const auto converted = expire();
  const auto again = expire();

  CHECK(card.status == 2);
  CHECK_THAT(card.err, Contains("looks like the number of a card") && !Contains("4242"));
  CHECK(words.status == 2);
  CHECK_THAT(words.out + words.err, Contains("looks like the number of a card") && !Contains("4242"));
  CHECK_THAT(listed.out, Contains("to be converted"));
  INFO(converted.err);
  CHECK(converted.out == "trial-b: converted\n");
  CHECK(again.out.empty());
  const auto tenant = trial.show();
  CHECK(tenant["plan"] == "starter");
  CHECK(tenant["trial_ends_at"].is_null());
  CHECK(tenant["has_payment_method"] == true);
  CHECK(LiveSandbox::get().is_live("trial-b"));
}

TEST_CASE("of twenty runs that overlap each trial meets one, and the others say nothing of it", "[trials]") {
  auto& sandbox = LiveSandbox::get();
  const Trial paid("trial-c");
  REQUIRE(sandbox.run({"payment-method", "set", "trial-c", "pm_1"}).status == 0);
  paid.end_days_ago(1);

  std::vector<CliResult> runs(20);
  {
    std::vector<std::jthread> threads;
    for (auto& run : runs) threads.emplace_back([&run] { run = expire(); });
  }

  for (const auto& run : runs) {
    INFO(run.out << run.err);
    CHECK(run.status == 0);
  }
  CHECK(sandbox.sql("select count(*) from operations o join tenants t on t.id = o.tenant where o.kind = 'plan_set' and t.slug = 'trial-c'",
                    "tenantctl") == std::vector<std::string>{"1"});
  CHECK(paid.show()["plan"] == "starter");
}

TEST_CASE("a trial is extended, and an operator's activation after its end stands", "[trials]") {
  auto& sandbox = LiveSandbox::get();
  const Trial trial("trial-d");
  trial.end_days_ago(1);
  REQUIRE(expire().status == 0);
  REQUIRE(expire({"--now", in_days(8)}).out == "trial-d: suspended\n");

  REQUIRE(sandbox.run({"activate", "trial-d"}).status == 0);
  const auto left_alone = expire({"--now", in_days(9)});
  const auto is_open = sandbox.is_live("trial-d");
  const auto extended = sandbox.run({"trials", "extend", "trial-d", "--days", "30", "--reason", "asked for it"});
  const auto graced = expire({"--now", in_days(30)});
  const auto suspended = expire({"--now", in_days(38)});
  const auto extended_again = sandbox.run({"trials", "extend", "trial-d", "--days", "30"});
  const auto too_little = sandbox.run({"trials", "extend", "trial-d", "--days", "0"});
  REQUIRE(sandbox.run({"activate", "trial-d"}).status == 0);

  CHECK(left_alone.out.empty());
  CHECK(is_open);
  CHECK(extended.status == 0);
  CHECK(graced.out == "trial-d: its grace has begun\n");
  CHECK(suspended.out == "trial-d: suspended\n");
  CHECK_THAT(extended_again.out, Contains("it is suspended: run \"tenantctl activate trial-d\""));
  CHECK(too_little.status == 2);
  CHECK(sandbox.is_live("trial-d"));
}

TEST_CASE("a tenant without a trial can't be extended, and a plan without a successor is told", "[trials]") {
  auto& sandbox = LiveSandbox::get();
  const Trial trial("trial-e");
  sandbox.sql("update tenants set plan_terms = plan_terms - 'converts_to' where slug = 'trial-e' returning 1", "tenantctl");
  REQUIRE(sandbox.run({"payment-method", "set", "trial-e", "pm_1"}).status == 0);
  trial.end_days_ago(1);

  const auto failed = expire();
  REQUIRE(sandbox.run({"plan", "set", "trial-e", "starter"}).status == 0);
  const auto refused = sandbox.run({"trials", "extend", "trial-e", "--days", "7"});

  CHECK(failed.status == 1);
  CHECK_THAT(failed.out, Contains("does not say what its trial becomes"));
  CHECK(refused.status == 5);
}

TEST_CASE("with a time zone a trial ends at local midnight, and one that does not exist is told before anything is made", "[trials]") {
  auto& sandbox = LiveSandbox::get();
  const auto zoned = [](const std::string& zone) {
    return changed_config("zoned.yaml", {{"default_stack:", "trials: { time_zone: " + zone + " }\ndefault_stack:"}});
  };
  {
    const ConfigInUse in_use(zoned("Asia/Kolkata"));
    const Trial trial("trial-f");
    CHECK_THAT(trial.show()["trial_ends_at"].get<std::string>(), Catch::EndsWith("T18:30:00Z"));
    const auto extended = sandbox.run({"trials", "extend", "trial-f", "--days", "1"});
    CHECK_THAT(extended.out, Contains("T18:30:00Z"));
  }
  const ConfigInUse in_use(zoned("Europe/Atlantis"));
  const auto refused = sandbox.run({"create", "trial-g", "--email", "a@b.test", "--plan", "trial"});
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Contains("there is no time zone \"Europe/Atlantis\""));
  CHECK(sandbox.inventory() == Inventory{});
}
