// The audit log: what it keeps, how it is read in pages, and that nothing in it can be changed.
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

AuditEntry audit_line(const std::string& action, const std::string& slug = {}) {
  return {.actor = "ada", .host = "ops1", .action = action, .slug = slug, .details = {{"note", "{}'; --"}}};
}

std::vector<std::string> actions(const AuditPage& page) {
  std::vector<std::string> found;
  for (const auto& each : page.entries) found.push_back(each.action);
  return found;
}

}  // namespace

TEST_CASE("an entry of the audit log is read as it was written") {
  const auto fixture = ControlFixture::migrated();
  auto written = audit_line("key_create.succeeded", "acme");
  written.tenant = tenant_id(1);
  written.operation = operation_id(1).str();

  REQUIRE(fixture->control.audit().append(written).has_value());

  const auto read = fixture->control.audit().list({}).value().entries.at(0);
  CHECK(read.actor == "ada");
  CHECK(read.host == "ops1");
  CHECK(read.action == written.action);
  CHECK(read.slug == "acme");
  CHECK(read.tenant == tenant_id(1));
  CHECK(read.operation == written.operation);
  CHECK(read.details == written.details);
  CHECK(to_rfc3339(read.at) > "2020");
}

TEST_CASE("the audit log is read newest first and in pages that neither repeat nor miss an entry") {
  const auto fixture = ControlFixture::migrated();
  auto& log = fixture->control.audit();
  for (int i = 1; i <= 5; ++i) REQUIRE(log.append(audit_line(fmt::format("step.{}", i), i % 2 == 0 ? "beta" : "acme")).has_value());

  const auto first = log.list({.limit = 2}).value();
  REQUIRE(log.append(audit_line("step.6")).has_value());  // between two pages
  const auto second = log.list({.before = first.entries.back().id, .limit = 3}).value();

  CHECK(actions(first) == std::vector<std::string>{"step.5", "step.4"});
  CHECK(first.more);
  CHECK(actions(second) == std::vector<std::string>{"step.3", "step.2", "step.1"});
  CHECK_FALSE(second.more);
  CHECK(actions(log.list({.slug = "beta"}).value()) == std::vector<std::string>{"step.4", "step.2"});
}

TEST_CASE("of a span of time the beginning counts and the end does not") {
  const auto fixture = ControlFixture::migrated();
  auto& log = fixture->control.audit();
  for (const char* action : {"step.1", "step.2", "step.3"}) REQUIRE(log.append(audit_line(action)).has_value());
  const auto all = log.list({}).value().entries;

  CHECK(actions(log.list({.since = all[1].at, .until = all[0].at}).value()) == std::vector<std::string>{"step.2"});
}

TEST_CASE("a create that was undone is still in the audit log, with what was asked for") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme", {{"currency", "EUR"}}).value();
  REQUIRE(fixture->control.journal().close(ticket, {}, OperationState::undone, RemoveTenant{}).has_value());

  const auto page = fixture->control.audit().list({.slug = "acme"}).value();

  CHECK(actions(page) == std::vector<std::string>{"create.undone", "create.started"});
  CHECK(page.entries[1].details["plan"] == "trial");
  CHECK(page.entries[1].details["set"]["currency"] == "EUR");
  CHECK(actions(fixture->control.audit().list({.tenant = tenant_id(1)}).value()).size() == 2);
}
