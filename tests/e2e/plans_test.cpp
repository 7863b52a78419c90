// A tenant's plan is changed, its limits are asked for and taken: the real binary and a real PostgreSQL.
#include <catch2/catch.hpp>

#include <thread>

#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// "CONNECTIONS SETTINGS" of the tenant's login, which is called as its database.
std::string limits_of_login(const nlohmann::json& tenant) {
  const auto rows = LiveSandbox::get().sql(
      "select rolconnlimit || ' ' || coalesce(array_to_string(rolconfig, ','), '-') from pg_roles where rolname = '" +
      tenant["tenant"]["database"].get<std::string>() + "'");
  REQUIRE(rows.size() == 1);
  return rows.front();
}

std::string plan_in_settings(const nlohmann::json& tenant) {
  return LiveSandbox::get()
      .sql("select value from tenantctl.settings where key = 'plan'", tenant["tenant"]["database"].get<std::string>())
      .front();
}

struct Planned {
  explicit Planned(const std::string& slug) : name(slug), made(LiveSandbox::get().create(slug, {"--plan", "trial"})) {}
  Planned(const Planned&) = delete;
  Planned& operator=(const Planned&) = delete;
  ~Planned() {
    LiveSandbox::get().remove(name);
    CHECK(LiveSandbox::get().inventory() == Inventory{});
  }
  CliResult run(std::vector<std::string> words) const {
    words.insert(words.begin() + 2, name);
    return LiveSandbox::get().run(words);
  }
  std::string name;
  nlohmann::json made;
};

}  // namespace

TEST_CASE("a tenant gets another plan, with its login's limits and the name that its application reads", "[limits]") {
  const Planned tenant("plan-a");
  CHECK(limits_of_login(tenant.made) == "10 statement_timeout=30000");

  const auto planned = tenant.run({"plan", "set", "professional", "--dry-run"});
  CHECK(limits_of_login(tenant.made) == "10 statement_timeout=30000");
  const auto set = tenant.run({"plan", "set", "professional", "--reason", "ordered on the phone"});

  INFO(set.out << set.err);
  CHECK(planned.status == 0);
  CHECK_THAT(planned.out, Contains("nothing is changed yet") && Contains("limits.companies 1 -> 3"));
  CHECK(set.status == 0);
  CHECK_THAT(set.out, Contains("plan trial -> professional") && Contains("price_cents 0 -> 19900"));
  CHECK(limits_of_login(tenant.made) == "50 statement_timeout=60000");
  CHECK(plan_in_settings(tenant.made) == "professional");
  const auto shown = LiveSandbox::get().run({"show", "plan-a", "-o", "json"}).json()["tenant"];
  CHECK(shown["plan"] == "professional");
  CHECK(shown["trial_ends_at"].is_null());
  CHECK_THAT(LiveSandbox::get().run({"audit", "plan-a"}).out, Contains("plan_set.succeeded"));
}

TEST_CASE("a plan that allows less than a tenant uses is refused, unless that is meant", "[limits]") {
  const Planned tenant("plan-b");
  REQUIRE(tenant.run({"plan", "set", "professional"}).status == 0);
  REQUIRE(tenant.run({"usage", "record", "--companies", "3"}).status == 0);

  const auto refused = tenant.run({"plan", "set", "starter", "-o", "json"});
  const auto planned = tenant.run({"plan", "set", "starter", "--dry-run"});
  const auto kept = limits_of_login(tenant.made);
  const auto forced = tenant.run({"plan", "set", "starter", "--force", "-o", "json"});
  const auto check = tenant.run({"limits", "check", "company", "-o", "json"});

  CHECK(refused.status == 8);
  CHECK_THAT(planned.out, Contains("which needs --force: companies: 3 of 1"));
  CHECK(refused.error()["code"] == "limit_reached");
  CHECK_THAT(refused.error()["message"].get<std::string>(), Contains("companies: 3 of 1"));
  CHECK(kept == "50 statement_timeout=60000");
  CHECK(forced.status == 0);
  CHECK(forced.json()["above_limits"].size() == 1);
  CHECK(check.status == 8);
  CHECK(check.json()["can_create"] == false);
  CHECK(check.json()["message"] == "Company limit reached. Please upgrade.");
}

TEST_CASE("limits are taken by one of those who want the last, are given back, and may be agreed otherwise", "[limits]") {
  const Planned tenant("plan-c");

  std::vector<CliResult> takes(3);
  {
    std::vector<std::jthread> threads;
    for (auto& take : takes) threads.emplace_back([&take, &tenant] { take = tenant.run({"limits", "take", "company", "-o", "json"}); });
  }
  const auto granted = std::ranges::count(takes, 0, &CliResult::status);
  const auto refused = std::ranges::count(takes, 8, &CliResult::status);
  const auto agreed = tenant.run({"limits", "override", "companies=2", "--until", "30d"});
  const auto second = tenant.run({"limits", "take", "company"});
  const auto cleared = tenant.run({"limits", "override", "companies", "--clear"});
  const auto third = tenant.run({"limits", "check", "company", "--current", "0"});
  const auto given_back = tenant.run({"limits", "release", "company", "--count", "2", "-o", "json"});
  const auto user = tenant.run({"limits", "check", "user", "--current", "3", "-o", "json"});

  CHECK(granted == 1);
  CHECK(refused == 2);
  CHECK(agreed.status == 0);
  CHECK(second.status == 0);
  CHECK(cleared.status == 0);
  CHECK(third.status == 0);
  CHECK(given_back.status == 0);
  CHECK(given_back.json()["current"] == 0);
  CHECK(user.json()["message"] == "User limit reached. Please upgrade.");
}

TEST_CASE("usage is shown beside the limits, and what a source says again is not counted twice", "[limits]") {
  const Planned tenant("plan-d");
  for (int times = 0; times < 2; ++times)
    REQUIRE(
        tenant.run({"usage", "record", "--transactions", "+40", "--api-calls", "+7", "--storage-bytes", "1048576", "--source", "nightly"})
            .status == 0);
  REQUIRE(tenant.run({"usage", "record", "--transactions", "+2"}).status == 0);

  const auto shown = tenant.run({"usage", "show", "-o", "json"}).json();
  const auto text = tenant.run({"usage", "show"}).out;

  std::map<std::string, int> now;
  for (const auto& line : shown["usage"]) now[line["resource"]] = line["current"];
  CHECK(now["transactions_per_month"] == 42);
  CHECK(now["api_calls_per_day"] == 7);
  CHECK(now["storage_bytes"] == 1048576);
  CHECK_THAT(text, Contains("42") && Contains("#") && Contains("1.0 MiB") && Contains("42 %"));
}

TEST_CASE("a suspended tenant may make nothing more, and can be given another plan", "[limits]") {
  const Planned tenant("plan-e");
  REQUIRE(LiveSandbox::get().run({"suspend", "plan-e"}).status == 0);

  const auto check = tenant.run({"limits", "check", "company", "-o", "json"});
  const auto take = tenant.run({"limits", "take", "company"});
  const auto set = tenant.run({"plan", "set", "starter"});

  CHECK(check.status == 8);
  CHECK(check.json()["message"] == "Account suspended. Please contact support.");
  CHECK(take.status == 8);
  CHECK(set.status == 0);
  CHECK_FALSE(LiveSandbox::get().is_live("plan-e"));
}

TEST_CASE("tenants keep the terms that they signed up for until today's are applied to them", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const Planned tenant("plan-f");
  sandbox.create("plan-g", {"--plan", "starter"});
  auto plans = read_text(std::string(TENANTCTL_SOURCE_DIR) + "/plans.yaml");
  const std::string before = "companies: 1\n      users_per_company: 3";
  REQUIRE(plans.find(before) != std::string::npos);
  plans.replace(plans.find(before), before.size(), "companies: 2\n      users_per_company: 3");
  const auto file = sandbox.dir() / "plans.yaml";
  std::ofstream(file) << plans;
  const auto config =
      changed_config("plans-changed.yaml", {{"dns: { provider: wildcard }", "dns: { provider: wildcard }\nplans: " + file.string()}});
  const ConfigInUse in_use(config);

  const auto kept = tenant.run({"limits", "check", "company", "--count", "2"});
  const auto told = tenant.run({"plan", "show"});
  const auto planned = sandbox.run({"plans", "apply", "--plan", "trial", "--dry-run", "-o", "json"});
  const auto asked = sandbox.run({"plans", "apply", "--plan", "trial"});
  const auto applied = sandbox.run({"plans", "apply", "--plan", "trial", "--yes"});
  const auto again = sandbox.run({"plans", "apply", "--plan", "trial", "--yes"});
  const auto now = tenant.run({"limits", "check", "company", "--count", "2"});

  CHECK(kept.status == 8);
  CHECK_THAT(told.out, Contains("terms of an earlier day"));
  REQUIRE(planned.json()["changes"].size() == 1);
  CHECK(planned.json()["changes"][0]["tenant"] == "plan-f");
  CHECK(asked.status == 2);
  INFO(applied.out << applied.err);
  CHECK(applied.status == 0);
  CHECK_THAT(applied.out, Contains("limits.companies 1 -> 2"));
  CHECK_THAT(again.out, Contains("all of them have today's terms"));
  CHECK(now.status == 0);
  sandbox.remove("plan-g");
}

TEST_CASE("what plans and limits can't do is said before anything is touched", "[limits]") {
  const Planned tenant("plan-h");
  const auto said = [&](std::vector<std::string> words, int status, const std::string& what) {
    const auto run = tenant.run(std::move(words));
    INFO(run.out << run.err);
    CHECK(run.status == status);
    CHECK_THAT(run.err, Contains(what));
  };
  said({"plan", "set", "profesional"}, 4, "use \"professional\"");
  said({"limits", "check", "compnay"}, 2, "did you mean \"company\"?");
  said({"limits", "check", "company", "--company", "x"}, 2, "leave --company out");
  said({"limits", "take", "storage"}, 2, "is measured");
  said({"limits", "release", "transaction"}, 2, "can't be given back");
  said({"limits", "override", "companies"}, 2, "names no number");
  said({"limits", "override", "companies=-1"}, 2, "is no limit");
  said({"limits", "override", "companies=5", "--until", "2020-01-01"}, 2, "is over already");
  said({"usage", "record"}, 2, "nothing is to be recorded");
  said({"usage", "record", "--transactions", "12"}, 2, "pass --transactions +12");
  said({"usage", "record", "--transactions", "+1", "--day", "2100-01-01"}, 2, "a day to come");
  const auto yesterday = LiveSandbox::get().sql("select ((clock_timestamp() at time zone 'UTC')::date - 1)::text").front();
  said({"usage", "record", "--companies", "1", "--day", yesterday}, 2, "say how many there are now");
}

TEST_CASE("a tenant that is restored has the plan that it has, and not the backup's", "[limits]") {
  const Planned tenant("plan-i");
  REQUIRE(LiveSandbox::get().run({"backup", "plan-i"}).status == 0);
  REQUIRE(tenant.run({"plan", "set", "starter"}).status == 0);

  const auto restored = LiveSandbox::get().run({"restore", "plan-i", "--from", "newest", "--drop-old", "--yes"});

  INFO(restored.err);
  CHECK(restored.status == 0);
  CHECK(plan_in_settings(tenant.made) == "starter");
  CHECK(limits_of_login(tenant.made) == "20 statement_timeout=30000");
}
