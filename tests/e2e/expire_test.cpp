// Tenants that are made to go again: the real binary, from `create --ttl` to `expire`, and the way to keep one.
#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "support/background.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

CliResult run_expire(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"expire", "--yes"});
  return sandbox().run(more);
}

std::string hours_from_now(int hours) {
  return sandbox()
      .sql("select to_char((clock_timestamp() + interval '" + std::to_string(hours) +
           " hours') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
      .front();
}

nlohmann::json as_shown(const std::string& name) { return sandbox().run({"show", name, "-o", "json"}).json()["tenant"]; }

std::string deletions_of(const std::string& slug) {
  return sandbox()
      .sql("select count(*) from operations where slug = '" + slug + "' and kind = 'delete' and state = 'succeeded'", "tenantctl")
      .front();
}

}  // namespace

TEST_CASE("a tenant that is made with --ttl is deleted once its time is over, without a backup, and others stay", "[expiry]") {
  sandbox().create("stays");
  const auto made = sandbox().create("brief", {"--ttl", "2h"})["tenant"];

  const auto too_early = run_expire();
  const auto listed = sandbox().run({"list", "-o", "json"}).json()["tenants"];
  const auto table = sandbox().run({"show", "brief"});
  const auto planned = run_expire({"--dry-run", "--now", hours_from_now(3)});
  const auto is_live_still = sandbox().is_live("brief");
  const auto unasked = sandbox().run({"expire", "--now", hours_from_now(3), "-o", "json"});
  const auto is_live_unasked = sandbox().is_live("brief");
  const auto done = run_expire({"--now", hours_from_now(3), "-o", "json"});
  const auto again = run_expire({"--now", hours_from_now(3)});

  CHECK(sandbox().sql("select expires_at - created_at between interval '119 minutes' and interval '121 minutes' from tenants where slug = "
                      "'brief'",
                      "tenantctl") == std::vector<std::string>{"t"});
  CHECK(too_early.status == 0);
  CHECK(too_early.out.empty());
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["expires_at"] == made["expires_at"]);
  CHECK(listed[1]["expires_at"].is_null());
  CHECK_THAT(table.out, Contains("expires") && Contains(made["expires_at"].get<std::string>()));
  CHECK(planned.out == "brief: would be deleted\n");
  CHECK(is_live_still);
  CHECK(unasked.error()["code"] == "confirmation_required");
  CHECK(is_live_unasked);
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.json()["expired"][0]["done"] == true);
  CHECK(again.out.empty());
  const auto gone = as_shown(made["id"]);
  CHECK(gone["status"] == "deleted");
  CHECK(gone["status_reason"] == "its time is over");
  CHECK(sandbox().sql("select count(*) from step_events e join operations o on o.id = e.operation where o.slug = 'brief' and e.step = "
                      "'backup'",
                      "tenantctl") == std::vector<std::string>{"0"});
  CHECK(sandbox().is_live("stays"));
  sandbox().remove("stays");
  CHECK(sandbox().inventory() == Inventory{});
}

TEST_CASE("a --ttl that is no time from one minute to a year is refused with 2, and nothing is touched", "[expiry]") {
  for (const auto* ttl : {"", "2", "30s", "366d", "tomorrow", "2026-11-23"}) {
    const auto refused = sandbox().run({"create", "never", "--email", "a@never.test", "--ttl", ttl, "-o", "json"});
    INFO(ttl << refused.err);
    CHECK(refused.status == 2);
  }
  CHECK(sandbox().sql("select count(*) from operations where slug = 'never'", "tenantctl") == std::vector<std::string>{"0"});
}

TEST_CASE("a repeated create with another --ttl is another request", "[expiry]") {
  const auto first = sandbox().create("asked-twice", {"--ttl", "2h", "--idempotency-key", "ci-1"});

  const auto again = sandbox().create("asked-twice", {"--ttl", "2h", "--idempotency-key", "ci-1"});
  const auto other = sandbox().run(
      {"create", "asked-twice", "--email", "admin@asked-twice.test", "--ttl", "3h", "--idempotency-key", "ci-1", "-o", "json"});

  CHECK(again["repeated"] == true);
  CHECK(again["tenant"]["expires_at"] == first["tenant"]["expires_at"]);
  CHECK(other.status == 5);
  CHECK(other.error()["code"] == "idempotency_mismatch");
  sandbox().remove("asked-twice");
}

TEST_CASE("suspended and cancelled tenants expire too", "[expiry]") {
  sandbox().create("closed-one", {"--ttl", "1h"});
  sandbox().create("ended-one", {"--ttl", "1h"});
  REQUIRE(sandbox().run({"suspend", "closed-one"}).status == 0);
  REQUIRE(sandbox().run({"cancel", "ended-one", "--yes"}).status == 0);

  const auto done = run_expire({"--now", hours_from_now(2)});

  INFO(done.err);
  CHECK(done.out == "closed-one: deleted\nended-one: deleted\n");
  CHECK(sandbox().inventory() == Inventory{});
}

TEST_CASE("of runs that overlap each tenant is deleted by one, and none fails", "[expiry]") {
  sandbox().create("fleeting-a", {"--ttl", "1h"});
  sandbox().create("fleeting-b", {"--ttl", "1h"});
  const auto later = hours_from_now(2);

  std::vector<CliResult> runs(6);
  {
    std::vector<std::jthread> threads;
    for (auto& run : runs) threads.emplace_back([&] { run = run_expire({"--now", later}); });
  }

  for (const auto& run : runs) {
    INFO(run.out << run.err);
    CHECK(run.status == 0);
  }
  CHECK(deletions_of("fleeting-a") == "1");
  CHECK(deletions_of("fleeting-b") == "1");
  CHECK(sandbox().inventory() == Inventory{});
}

TEST_CASE("a tenant that can't be deleted keeps none of the others back, and its line says why", "[expiry]") {
  sandbox().create("hindered", {"--ttl", "1h"});
  sandbox().create("unhindered", {"--ttl", "1h"});
  sandbox().sql("update tenants set server = 'gone' where slug = 'hindered'", "tenantctl");

  const auto failed = run_expire({"--now", hours_from_now(2)});
  sandbox().sql("update tenants set server = 'local' where slug = 'hindered'", "tenantctl");
  const auto next = run_expire({"--now", hours_from_now(2)});

  CHECK(failed.status == 1);
  CHECK_THAT(failed.out, Contains("hindered: failed: ") && Contains("\"gone\"") && Contains("unhindered: deleted\n"));
  INFO(next.err);
  CHECK(next.out == "hindered: deleted\n");
  CHECK(sandbox().inventory() == Inventory{});
}

TEST_CASE("a create that is at work is left alone, however short its tenant's time is", "[expiry]") {
  Background create({"create", "in-the-making", "--email", "a@b.test", "--ttl", "1m"}, {"TENANTCTL_FAILPOINT=verify:before_effect@stop"});
  REQUIRE(create.stopped());

  const auto held = run_expire({"--now", hours_from_now(1)});
  create.signal(SIGCONT);
  const auto made = create.wait();
  const auto next = run_expire({"--now", hours_from_now(1)});

  CHECK(held.status == 0);
  CHECK(held.out == "in-the-making: left to another operation\n");
  INFO(made.err);
  CHECK(made.status == 0);
  CHECK(next.out == "in-the-making: deleted\n");
  CHECK(sandbox().inventory() == Inventory{});
}

TEST_CASE("a tenant is kept by ttl clear, gets its time by ttl set, and both are in the audit log", "[expiry]") {
  sandbox().create("rescued", {"--ttl", "1h"});

  const auto cleared = sandbox().run({"--actor", "ada", "ttl", "clear", "rescued"});
  const auto nothing = run_expire({"--now", hours_from_now(2)});
  const auto past = sandbox().run({"ttl", "set", "rescued", "2020-01-01", "-o", "json"});
  const auto senseless = sandbox().run({"ttl", "set", "rescued", "soon", "-o", "json"});
  const auto unasked = sandbox().run({"ttl", "set", "rescued", "30m", "-o", "json"});
  const auto set = sandbox().run({"--actor", "ada", "ttl", "set", "rescued", "30m", "--yes", "-o", "json"});
  const auto until = as_shown("rescued")["expires_at"];
  const auto entries =
      sandbox().sql("select actor || ' ' || action from audit_log where slug = 'rescued' and action like 'ttl%' order by id", "tenantctl");
  const auto done = run_expire({"--now", hours_from_now(1)});
  const auto too_late = sandbox().run({"ttl", "clear", "rescued", "-o", "json"});

  CHECK(cleared.out == "rescued does not expire\n");
  CHECK(nothing.out.empty());
  CHECK(past.status == 2);
  CHECK_THAT(past.error()["message"].get<std::string>(), Contains("over already"));
  CHECK(senseless.status == 2);
  CHECK(unasked.error()["code"] == "confirmation_required");
  REQUIRE(set.status == 0);
  CHECK(set.json()["expires_at"] == until);
  CHECK(entries == std::vector<std::string>{"ada ttl_clear.succeeded", "ada ttl_set.succeeded"});
  CHECK(done.out == "rescued: deleted\n");
  CHECK(too_late.status == 5);
  CHECK(sandbox().inventory() == Inventory{});
}
