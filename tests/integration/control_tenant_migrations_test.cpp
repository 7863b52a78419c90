// Which migrations tenants are known to have, in the control database: learned at the create, noted by runs, forgotten by restores.
#include "core/migrations.hpp"
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

StepEvent database_made(const std::string& version, const std::string& fingerprint) {
  return {.step = "database", .mark = Mark::applied, .evidence = {{"schema_version", version}, {"schema_fingerprint", fingerprint}}};
}

/// A live tenant, whose create noted what its database was made of.
void make(ControlFixture& fixture, int number, const std::string& slug, const std::string& fingerprint) {
  const auto ticket = open(fixture.control, number, slug);
  REQUIRE(ticket.has_value());
  const std::vector events{database_made("0002", fingerprint)};
  if (!fingerprint.empty()) REQUIRE(fixture.control.journal().record(*ticket, events).has_value());
  REQUIRE(fixture.control.journal().close(*ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());
}

MigrationNote note(int number, std::int64_t revision, const std::string& fingerprint) {
  return {.tenant = tenant_id(number),
          .seen_revision = revision,
          .now = {.version = "0003", .fingerprint = fingerprint},
          .actor = {.name = "ada", .host = "ops1", .pid = 1},
          .action = "migrate.succeeded",
          .details = {{"to", "0003"}}};
}

std::vector<std::string> slugs(const std::vector<MigrationCandidate>& candidates) {
  std::vector<std::string> list;
  for (const auto& one : candidates) list.push_back(one.slug.str());
  return list;
}

}  // namespace

TEST_CASE("a tenant is known to have what its database was made of, and one that was made of a backup is not known") {
  const auto fixture = ControlFixture::migrated();
  make(*fixture, 1, "acme", "f2");
  make(*fixture, 2, "copied", "");

  const auto known = fixture->control.tenant_migrations().look(tenant_id(1));
  const auto unknown = fixture->control.tenant_migrations().look(tenant_id(2));

  REQUIRE(known.has_value());
  CHECK(known->version == "0002");
  CHECK(known->fingerprint == "f2");
  REQUIRE(unknown.has_value());
  CHECK(unknown->fingerprint.empty());
}

TEST_CASE("behind are the tenants of the stack whose data is there and whose fingerprint is another, by name") {
  const auto fixture = ControlFixture::migrated();
  make(*fixture, 1, "current", "f3");
  make(*fixture, 2, "old", "f2");
  make(*fixture, 3, "asleep", "f2");
  make(*fixture, 4, "gone", "f2");
  make(*fixture, 5, "other", "f2");
  REQUIRE(open(fixture->control, 6, "beginning").has_value());
  ask(fixture->look(),
      "update tenants set status = 'suspended' where slug = 'asleep'; update tenants set status = 'deleted' where slug = 'gone';"
      "update tenants set stack = 'else', server = 'pg2' where slug = 'other'");
  auto& store = fixture->control.tenant_migrations();

  CHECK(slugs(store.behind({.stack = "shop"}, "f3").value()) == std::vector<std::string>{"asleep", "old"});
  CHECK(slugs(store.behind({.stack = "shop", .tenants = {tenant_id(2).str(), tenant_id(1).str()}}, "f3").value()) ==
        std::vector<std::string>{"old"});
  CHECK(store.behind({.stack = "shop", .server = "pg2"}, "f3").value().empty());
  CHECK(slugs(store.behind({.stack = "else", .server = "pg2"}, "f3").value()) == std::vector<std::string>{"other"});
  const auto spread = store.spread("shop").value();
  REQUIRE(spread.size() == 2);
  CHECK(spread[0].tenants == 2);
  CHECK(spread[1].fingerprint == "f3");
  CHECK(store.spread("").value().size() == 3);
}

TEST_CASE("a note changes the row and writes the audit log, once") {
  const auto fixture = ControlFixture::migrated();
  make(*fixture, 1, "acme", "f2");
  auto& store = fixture->control.tenant_migrations();
  const auto seen = store.look(tenant_id(1)).value();

  REQUIRE(store.note(note(1, seen.revision, "f3")).has_value());
  const auto late = store.note(note(1, seen.revision, "f2"));

  CHECK(store.look(tenant_id(1)).value().fingerprint == "f3");
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::fenced);
  CHECK(ask(fixture->look(),
            "select count(*) from audit_log where action = 'migrate.succeeded' and slug = 'acme' and details ->> 'to' = '0003'") == "1");
}

TEST_CASE("an error stays until the next note, and counts in the spread") {
  const auto fixture = ControlFixture::migrated();
  make(*fixture, 1, "acme", "f2");
  auto& store = fixture->control.tenant_migrations();
  auto failed = note(1, 1, "f2");
  failed.error = "it did not work";
  REQUIRE(store.note(failed).has_value());

  CHECK(store.behind({.stack = "shop"}, "f3").value().front().error == "it did not work");
  CHECK(store.spread("shop").value().front().failed == 1);
  REQUIRE(store.note(note(1, 2, "f3")).has_value());
  CHECK(store.spread("shop").value().front().failed == 0);
}

TEST_CASE("a tenant with an unfinished operation, or one that is gone, is refused") {
  const auto fixture = ControlFixture::migrated();
  make(*fixture, 1, "acme", "f2");
  const Operation restore{
      .id = operation_id(9), .tenant = tenant_id(1), .slug = "acme", .kind = "restore", .actor = {.name = "ada", .host = "ops1", .pid = 1}};
  REQUIRE(fixture->control.operations().open(restore, TenantStatus::active).has_value());
  auto& store = fixture->control.tenant_migrations();

  const auto busy = store.look(tenant_id(1));
  const auto gone = store.look(tenant_id(7));

  REQUIRE_FALSE(busy.has_value());
  CHECK(busy.error().code == ErrorCode::state_conflict);
  CHECK(busy.error().hint.find("tenantctl resume " + operation_id(9).str()) != std::string::npos);
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().code == ErrorCode::tenant_not_found);
}

TEST_CASE("once another database has taken the place of its own, nobody claims to know what a tenant has, not even a late note") {
  const auto fixture = ControlFixture::migrated();
  make(*fixture, 1, "acme", "f3");
  auto& store = fixture->control.tenant_migrations();
  const auto seen = store.look(tenant_id(1)).value();
  const Operation restore{
      .id = operation_id(9), .tenant = tenant_id(1), .slug = "acme", .kind = "restore", .actor = {.name = "ada", .host = "ops1", .pid = 1}};
  const auto ticket = fixture->control.operations().open(restore, TenantStatus::active);
  REQUIRE(ticket.has_value());

  REQUIRE(fixture->control.journal().close(*ticket, {}, OperationState::succeeded, ForgetMigrations{}).has_value());

  CHECK(store.look(tenant_id(1)).value().fingerprint.empty());
  CHECK_FALSE(store.note(note(1, seen.revision, "f3")).has_value());
  CHECK(store.behind({.stack = "shop"}, "f3").value().size() == 1);
}
