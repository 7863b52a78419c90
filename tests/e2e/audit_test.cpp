// `audit` as operators use it.
#include <catch2/catch.hpp>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

CliResult audit(std::vector<std::string> words) {
  words.insert(words.begin(), "audit");
  words.insert(words.end(), {"-o", "json"});
  return sandbox().run(words);
}

}  // namespace

TEST_CASE("who made and removed a tenant is told after it is gone, by its slug and by its id") {
  const auto tenant = sandbox().create("told-of", {"--plan", "starter"})["tenant"];
  REQUIRE(sandbox().run({"--actor", "eve", "rollback", "told-of", "--yes"}).status == 0);

  const auto entries = audit({"told-of"}).json()["entries"];

  REQUIRE(entries.size() == 4);
  CHECK(entries[0]["action"] == "create.undone");
  CHECK(entries[0]["outcome"] == "undone");
  CHECK(entries[0]["actor"] == "eve");
  CHECK(entries[1]["action"] == "create.taken_over");
  CHECK(entries[3]["action"] == "create.started");
  CHECK(entries[3]["details"]["plan"] == "starter");
  CHECK(entries[3]["tenant"] == tenant["id"]);
  CHECK(audit({tenant["id"].get<std::string>()}).json()["entries"].size() == 4);
  CHECK_THAT(sandbox().run({"audit", "told-of"}).out, Contains("eve@") && Contains("create.undone"));
}

TEST_CASE("the audit log is asked for a span of time and read in pages") {
  sandbox().create("paged");
  sandbox().remove("paged");

  const auto first = audit({"paged", "--limit", "3", "--since", "1h"}).json();
  REQUIRE(first["entries"].size() == 3);
  const auto second = audit({"paged", "--limit", "3", "--before", std::to_string(first["next_before"].get<long>())}).json();

  CHECK(second["entries"].size() == 1);
  CHECK(second["next_before"].is_null());
  CHECK(audit({"paged", "--until", "1h"}).json()["entries"].empty());
  CHECK(audit({"paged", "--since", "2020-01-01", "--until", "2020-01-02"}).json()["entries"].empty());
  CHECK(audit({"--since", "2020-01-01T00:00:00Z"}).json()["entries"].size() >= 4);
}

TEST_CASE("a span of time that is none, and a tenant that never was, are refused") {
  CHECK(audit({"--since", "yesterday"}).status == 2);
  CHECK(audit({"--until", "2026-02-30"}).status == 2);
  CHECK(audit({"--before", "-1"}).status == 2);
  const auto unknown = audit({"never-was"});
  CHECK(unknown.status == 4);
  CHECK(unknown.error()["code"] == "tenant_not_found");
}

TEST_CASE("what doctor removes and what init migrates is in the audit log") {
  CHECK_THAT(sandbox().sql("select details::text from audit_log where action = 'init.succeeded'", "tenantctl").front(),
             Contains("\"from_version\": 0"));
  const auto tenant = sandbox().create("orphan")["tenant"];
  sandbox().sql("delete from tenants where slug = 'orphan'", "tenantctl");

  REQUIRE(sandbox().run({"doctor", "--fix", "--yes"}).status == 0);

  const auto entries = audit({"orphan", "--limit", "2"}).json()["entries"];
  CHECK(entries[0]["action"] == "doctor_fix.succeeded");
  CHECK(entries[1]["action"] == "doctor_fix.started");
  CHECK(entries[1]["details"]["kind"].is_string());
  CHECK(entries[1]["tenant"] == tenant["id"]);
  CHECK(sandbox().inventory().empty());
}
