// What people, programs and CI systems are told of isolation.
#include <catch2/catch.hpp>

#include "views/isolation.hpp"

using namespace tenantctl;
using Catch::Contains;

namespace {

IsolationResults results() {
  IsolationResults results{.tenants = {},
                           .servers = {{.server = "pg1"}, {.server = "pg2", .changes = {"+ role intruder"}}},
                           .cards = {{.name = "peek", .border = Border::roles}, {.name = "stare", .border = Border::http}}};
  for (const auto* slug : {"acme", "globex"}) {
    results.tenants.push_back({.id = *TenantId::parse("33333333-2222-4333-8444-555555555555"),
                               .slug = *TenantSlug::parse(slug),
                               .server = "pg1",
                               .tries = {{"peek", 2}, {"stare", 1}},
                               .findings = {{.probe = "peek",
                                             .border = Border::roles,
                                             .severity = Severity::high,
                                             .object = "database <postgres>",
                                             .detail = "it came in & saw",
                                             .close = "close it",
                                             .statements = {{.sql = "revoke x from y", .database = "d"}}}}});
  }
  return results;
}

}  // namespace

TEST_CASE("one hole that several tenants come through is told once, with its statement, and the matrix has a line each") {
  const auto report = isolation_report(results());

  CHECK(report.exit_status == 7);
  CHECK_THAT(report.text, Contains("acme    1 BREACHED  ok    3\n") && Contains("globex  1 BREACHED  ok    3\n"));
  CHECK_THAT(report.text,
             Contains("breach peek (high): acme, globex -> database <postgres>\n    it came in & saw\n    to close it: close it\n"
                      "      in d: revoke x from y;\n"));
  CHECK_THAT(report.text, Contains("server pg2: something changed meanwhile\n  + role intruder\n"));
  CHECK_THAT(report.text, Contains("2 tenants, 6 tries: 2 breaches, 0 inconclusive\n"));
  CHECK(report.document["servers"][0]["untouched"] == true);
  CHECK(report.document["servers"][1]["untouched"] == false);
  CHECK(report.document["tenants"][0]["findings"][0]["statements"][0]["sql"] == "revoke x from y");
}

TEST_CASE("JUnit has a failure for a breach, an error for what can't be told, and escapes what would end its text") {
  auto some = results();
  some.tenants[1].findings[0].verdict = Verdict::inconclusive;
  const auto text = isolation_report(some).junit;

  CHECK_THAT(text, Contains("<testsuite name=\"acme\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""));
  CHECK_THAT(
      text,
      Contains(
          "<testcase classname=\"roles\" name=\"peek database &lt;postgres&gt;\">\n      <failure message=\"it came in &amp; saw\"/>"));
  CHECK_THAT(text,
             Contains("<testsuite name=\"globex\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"0\"") && Contains("<error message="));
  CHECK_THAT(text, Contains("<testcase classname=\"http\" name=\"stare\"/>"));
}

TEST_CASE("what is accepted or visible does not fail, and nothing to look at is said") {
  auto some = results();
  some.tenants[0].findings[0].verdict = Verdict::accepted;
  some.tenants[0].findings[0].reason = "a report needs it";
  some.tenants[1].findings[0].verdict = Verdict::visible;
  const auto report = isolation_report(some);
  CHECK(report.exit_status == 0);
  CHECK_THAT(report.text, Contains("accepted: a report needs it") && Contains("1 accepted") && Contains("1 visible"));
  CHECK_THAT(report.junit, Contains("<skipped message=\"it came in &amp; saw; accepted: a report needs it\"/>"));

  CHECK_THAT(isolation_report({.tenants = {}, .servers = {}, .cards = {}}).text, Contains("no tenants"));
}
