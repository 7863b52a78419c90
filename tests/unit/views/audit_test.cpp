#include "views/audit.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

AuditEntry entry() {
  return {.id = 7,
          .at = instant_from_micros(1'795'250'829'000'000),
          .actor = "ada",
          .host = "ops1",
          .action = "config_set.succeeded",
          .slug = "acme",
          .details = {{"key", "theme"}, {"version", 3}}};
}

}  // namespace

TEST_CASE("an entry of the audit log is one line for people, and steers no terminal") {
  auto odd = entry();
  odd.details["value"] = "a\nb\x1b[2J";

  const auto text = audit_report({.entries = {odd}}).text;

  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK_THAT(text, Catch::Contains("ada@ops1") && Catch::Contains("key=theme value=a?b?[2J version=3"));
}

TEST_CASE("a page of the audit log says where the next one begins, and the last one that there is none") {
  const auto more = audit_report({.entries = {entry()}, .more = true});
  const auto last = audit_report({.entries = {entry()}});

  CHECK(more.document["next_before"] == 7);
  CHECK_THAT(more.text, Catch::EndsWith("for older ones: --before 7\n"));
  CHECK(last.document["next_before"].is_null());
  CHECK(last.document["entries"][0]["outcome"] == "succeeded");
  CHECK(last.document["entries"][0]["tenant"].is_null());
  CHECK(audit_report({}).text == "no entries\n");
}
