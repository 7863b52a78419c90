// `suspend`, `activate` and `cancel`, as operators, visitors and applications see them. Real binary, real PostgreSQL, nginx
// and application; tenants with a database and tenants with a schema.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "support/tenant_login.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

std::string status_of(const std::string& slug) {
  return LiveSandbox::get().run({"show", slug, "-o", "json"}).json()["tenant"]["status"].get<std::string>();
}

std::vector<std::string> deeds_of(const std::string& slug) {
  return LiveSandbox::get().sql(
      "select action || coalesce(' because ' || (details ->> 'reason'), '') from audit_log where slug = '" + slug + "' order by id",
      "tenantctl");
}

/// What "nothing was done" looks like.
void check_unchanged(const CliResult& result) {
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK(result.json()["changed"] == false);
  CHECK(result.json()["operation"] == "");
}

}  // namespace

TEST_CASE("a suspended tenant's visitors read why, its login is refused, its open session is dead; activated, all is as before") {
  auto& sandbox = LiveSandbox::get();
  const std::string stack = GENERATE("demo", "shared");
  const auto made = sandbox.create("paused", {"--stack", stack});
  const auto url = url_of(made);
  const auto open = session(url);
  REQUIRE(ask(open, "select 1") == "1");

  const auto suspended = sandbox.run({"suspend", "paused", "--reason", "invoice \"1042\" is overdue", "-o", "json"});

  INFO(suspended.err);
  REQUIRE(suspended.status == 0);
  CHECK(suspended.json()["tenant"]["status"] == "suspended");
  CHECK(suspended.json()["tenant"]["status_reason"] == "invoice \"1042\" is overdue");
  CHECK(suspended.json()["tenant"]["suspended_at"].is_string());
  for (const std::string host : {"paused.yourapp.test", "api.paused.yourapp.test"})
    CHECK(sandbox.get(host) == "403\nAccount suspended. Please contact support.\n");
  CHECK(ended(open));
  CHECK_FALSE(may_log_in(url));
  CHECK_THAT(sandbox.run({"show", "paused"}).out, Contains("invoice \"1042\" is overdue"));
  check_unchanged(sandbox.run({"suspend", "paused", "-o", "json"}));
  CHECK(sandbox.run({"show", "paused", "-o", "json"}).json()["tenant"]["status_reason"] == "invoice \"1042\" is overdue");

  const auto activated = sandbox.run({"activate", "paused", "--reason", "paid", "-o", "json"});

  INFO(activated.err);
  REQUIRE(activated.status == 0);
  CHECK(activated.json()["tenant"]["status"] == "active");
  CHECK(activated.json()["tenant"]["suspended_at"].is_null());
  CHECK(sandbox.is_live("paused"));
  CHECK(may_log_in(url));
  check_unchanged(sandbox.run({"activate", "paused", "-o", "json"}));
  const auto actions = deeds_of("paused");
  CHECK(std::ranges::count(actions, "suspend.succeeded because invoice \"1042\" is overdue") >= 1);
  CHECK(std::ranges::count(actions, "activate.succeeded because paid") >= 1);
  sandbox.remove("paused");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("of fifty sessions that write while their tenant is suspended none is left, and none comes back") {
  auto& sandbox = LiveSandbox::get();
  const auto made = sandbox.create("busy");
  const auto url = url_of(made);
  std::vector<std::string> limit = sandbox.sql("select rolname from pg_roles where rolname like 'demo\\_%' and rolconnlimit > 0");
  REQUIRE(limit.size() == 1);
  sandbox.sql("alter role \"" + limit.front() + "\" connection limit 60");
  std::atomic<bool> stop = false;
  std::atomic<int> inside = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back([&] {
      while (!stop) {  // whoever is put out tries again at once
        const auto mine = postgres::Connection::open(url, postgres::Peer::server);
        if (!mine) continue;
        ++inside;
        while (!stop && (*mine)->script("create temporary table if not exists t (n int); insert into t select generate_series(1, 100)")) {}
        --inside;
      }
    });
  }
  for (int i = 0; i < 400 && inside < 50; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(25));
  const int before = inside;

  const auto suspended = sandbox.run({"suspend", "busy"});

  const auto sessions = [&] {
    return sandbox.sql("select count(*) from pg_stat_activity where usename = '" + limit.front() + "'").front();
  };
  const auto at_once = sessions();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto later = sessions();
  stop = true;
  for (auto& client : clients) client.join();
  CHECK(before == 50);
  CHECK(suspended.status == 0);
  CHECK(at_once == "0");
  CHECK(later == "0");
  sandbox.remove("busy");
}

TEST_CASE("a door that somebody opened by hand is closed again by the same command") {
  auto& sandbox = LiveSandbox::get();
  const auto url = url_of(sandbox.create("ajar"));
  REQUIRE(sandbox.run({"suspend", "ajar", "--reason", "overdue"}).status == 0);
  const auto login = sandbox.sql("select rolname from pg_roles where rolname like 'demo\\_%' and rolconnlimit > 0").front();
  sandbox.sql("alter role \"" + login + "\" login");
  REQUIRE(may_log_in(url));

  const auto again = sandbox.run({"suspend", "ajar", "-o", "json"});

  CHECK(again.json()["changed"] == true);
  CHECK(again.json()["tenant"]["status_reason"] == "overdue");
  CHECK_FALSE(may_log_in(url));
  sandbox.remove("ajar");
}

TEST_CASE("a cancelled tenant is closed for good, which has to be confirmed, and keeps its data") {
  auto& sandbox = LiveSandbox::get();
  const std::string stack = GENERATE("demo", "shared");
  const auto url = url_of(sandbox.create("leaver", {"--stack", stack}));

  const auto unasked = sandbox.run({"cancel", "leaver", "-o", "json"});
  const auto cancelled = sandbox.run({"cancel", "leaver", "--yes", "--reason", "left us", "-o", "json"});
  const auto activated = sandbox.run({"activate", "leaver", "-o", "json"});
  const auto suspended = sandbox.run({"suspend", "leaver", "-o", "json"});

  CHECK(unasked.status == 2);
  CHECK(unasked.error()["code"] == "confirmation_required");
  REQUIRE(cancelled.status == 0);
  CHECK(cancelled.json()["tenant"]["cancelled_at"].is_string());
  CHECK(activated.status == 5);
  CHECK(activated.error()["code"] == "state_conflict");
  CHECK(suspended.status == 5);
  CHECK(sandbox.get("leaver.yourapp.test") == "403\nAccount suspended. Please contact support.\n");
  CHECK_FALSE(may_log_in(url));
  const auto kept = stack == "demo" ? sandbox.sql("select count(*) from pg_database where datname like 'demo\\_%'")
                                    : sandbox.sql("select count(*) from pg_namespace where nspname like 'shared\\_%'", "sandbox_shared");
  CHECK(kept.front() == "1");
  check_unchanged(sandbox.run({"cancel", "leaver", "--yes", "-o", "json"}));
  sandbox.remove("leaver");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a change of state that is finished can't be rolled back, and the refusal says what to run") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("settled");
  const auto operation = sandbox.run({"suspend", "settled", "-o", "json"}).json()["operation"].get<std::string>();

  const auto undone = sandbox.run({"rollback", operation, "--yes", "-o", "json"});

  CHECK(undone.status == 5);
  CHECK_THAT(undone.error()["hint"].get<std::string>(), Contains("activate"));
  CHECK(status_of("settled") == "suspended");
  sandbox.remove("settled");
}

TEST_CASE("nobody is suspended by a name that is unknown, and a near one is proposed") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("nearly");

  const auto unknown = sandbox.run({"suspend", "nearley", "-o", "json"});

  CHECK(unknown.status == 4);
  CHECK_THAT(unknown.error()["hint"].get<std::string>(), Contains("nearly"));
  CHECK(status_of("nearly") == "active");
  sandbox.remove("nearly");
}

TEST_CASE("a suspension that meets a login which is not provably ours opens what it had closed") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("halfway");
  const auto login = sandbox.sql("select rolname from pg_roles where rolname like 'demo\\_%' and rolconnlimit > 0").front();
  // Somebody took the mark away that proves whose the login is.
  sandbox.sql("comment on role \"" + login + "\" is 'mine now'");

  const auto suspended = sandbox.run({"suspend", "halfway", "-o", "json"});

  CHECK(suspended.status == 5);
  CHECK(suspended.error()["code"] == "foreign_object");
  CHECK(sandbox.is_live("halfway"));
  CHECK(status_of("halfway") == "active");
  const auto owner = sandbox.sql("select shobj_description(oid, 'pg_authid') from pg_roles where rolname like 'demo\\_%\\_owner'").front();
  sandbox.sql("comment on role \"" + login + "\" is '" + owner + "'");
  sandbox.remove("halfway");
}
