// The journal: fenced writes, order, and changes of the tenant that commit with their marks.
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

std::vector<StepEvent> two_events() {
  return {{.step = "roles", .mark = Mark::applying},
          {.step = "roles",
           .mark = Mark::failed,
           .evidence = {{"owner", "o_x"}},
           .error_code = "sql_failed",
           .error_message = "it's \"odd\" \xff",
           .duration_ms = 12}};
}

ErrorCode code_of(const Result<void>& outcome) {
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error().code;
}

std::string status(const ControlFixture& fixture) { return ask(fixture.look(), "select coalesce((select status from tenants), 'none')"); }

}  // namespace

TEST_CASE("events come back as they were recorded, in order and with their time") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme").value();
  auto& journal = fixture->control.journal();

  REQUIRE(journal.record(ticket, two_events()).has_value());
  REQUIRE(journal.record(ticket, std::vector<StepEvent>{{.step = "route", .mark = Mark::applied}}).has_value());
  const auto events = journal.events(ticket.id).value();

  REQUIRE(events.size() == 3);
  CHECK(events[0].mark == Mark::applying);
  CHECK(events[1].mark == Mark::failed);
  CHECK(events[1].evidence == Evidence{{"owner", "o_x"}});
  CHECK(events[1].error_code == "sql_failed");
  CHECK(events[1].error_message == "it's \"odd\" \xEF\xBF\xBD");
  CHECK(events[1].duration_ms == 12);
  CHECK(events[2].step == "route");
  CHECK(to_rfc3339(events[2].at) > "2020");
}

TEST_CASE("whoever lost an operation to another process can write nothing more") {
  const auto fixture = ControlFixture::migrated();
  const auto old = open(fixture->control, 1, "acme").value();
  const auto taken = fixture->control.operations().take_over(old.id, {.name = "bob", .host = "ops2", .pid = 1}).value();
  auto& journal = fixture->control.journal();
  CHECK(taken.fence == old.fence + 1);

  CHECK(code_of(journal.record(old, two_events())) == ErrorCode::fenced);
  CHECK(code_of(journal.turn_back(old, make_error(ErrorCode::timed_out, "x"))) == ErrorCode::fenced);
  CHECK(code_of(journal.close(old, two_events(), OperationState::undone, RemoveTenant{})) == ErrorCode::fenced);

  CHECK(journal.events(old.id).value().empty());
  CHECK(status(*fixture) == "provisioning");
  CHECK(fixture->control.operations().find(old.id)->state == OperationState::running);
  CHECK(journal.record(taken, two_events()).has_value());
}

TEST_CASE("a write that waited for a take-over is refused too") {
  const auto fixture = ControlFixture::migrated();
  const auto old = open(fixture->control, 1, "acme").value();
  const auto other = fixture->look();
  ask(other, "begin; update operations set fence = fence + 1");
  ControlDatabase waiting(fixture->url);
  REQUIRE(waiting.check().has_value());

  Result<void> outcome;
  std::thread writer([&] { outcome = waiting.journal().record(old, two_events()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ask(other, "commit");
  writer.join();

  CHECK(code_of(outcome) == ErrorCode::fenced);
}

TEST_CASE("closing a create activates its tenant, with the trial's end, in the same breath") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme").value();
  const Instant end{std::chrono::microseconds{1'800'000'000'123'456}};

  REQUIRE(
      fixture->control.journal().close(ticket, two_events(), OperationState::succeeded, ActivateTenant{.trial_ends_at = end}).has_value());

  const auto tenant = fixture->control.tenants().find("acme").value();
  CHECK(tenant.status == TenantStatus::active);
  CHECK(tenant.trial_ends_at == end);
  CHECK(tenant.activated_at.has_value());
  const auto operation = fixture->control.operations().find(ticket.id).value();
  CHECK(operation.state == OperationState::succeeded);
  CHECK(operation.finished_at.has_value());
  CHECK(fixture->control.journal().events(ticket.id)->size() == 2);
  CHECK(ask(fixture->look(), "select string_agg(action || ' by ' || actor, ', ' order by id) from audit_log") ==
        "create.started by ada, create.succeeded by ada");
}

TEST_CASE("closing an undone create removes the tenant, its domains and configuration, and keeps the journal") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme", {{"k", "v"}}).value();
  auto& journal = fixture->control.journal();
  REQUIRE(journal.turn_back(ticket, make_error(ErrorCode::disk_full, "no space").with_context("step route")).has_value());
  CHECK(fixture->control.operations().find(ticket.id)->state == OperationState::undoing);

  REQUIRE(journal.close(ticket, two_events(), OperationState::undone, RemoveTenant{}).has_value());

  CHECK(status(*fixture) == "none");
  CHECK(ask(fixture->look(), "select (select count(*) from tenant_domains) + (select count(*) from tenant_configurations)") == "0");
  const auto operation = fixture->control.operations().find(ticket.id).value();
  CHECK(operation.state == OperationState::undone);
  CHECK(operation.error_code == "disk_full");
  CHECK(operation.error_message == "step route: no space");
  CHECK(open(fixture->control, 2, "acme").has_value());
}

TEST_CASE("a second reason to turn back does not hide the first") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme").value();
  REQUIRE(fixture->control.journal().turn_back(ticket, make_error(ErrorCode::disk_full, "first")).has_value());

  REQUIRE(fixture->control.journal().turn_back(ticket, make_error(ErrorCode::timed_out, "second")).has_value());

  CHECK(fixture->control.operations().find(ticket.id)->error_message == "first");
}

TEST_CASE("turning back a finished create takes its tenant out of service at once") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme").value();
  auto& journal = fixture->control.journal();
  REQUIRE(journal.close(ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());

  REQUIRE(journal.turn_back(ticket, make_error(ErrorCode::operation_failed, "asked to")).has_value());

  CHECK(status(*fixture) == "provisioning");
  CHECK_FALSE(fixture->control.operations().find(ticket.id)->finished_at.has_value());
}

TEST_CASE("a stuck operation keeps its tenant, marked as failed, and stays unfinished") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme").value();

  REQUIRE(fixture->control.journal().close(ticket, two_events(), OperationState::stuck, MarkTenantFailed{}).has_value());

  CHECK(status(*fixture) == "failed");
  CHECK(fixture->control.operations().list({.only_unfinished = true})->size() == 1);
}
