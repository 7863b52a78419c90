// The control database's migrations, and the check before its first use.
#include <filesystem>
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

ErrorCode refusal(ControlDatabase& control) {
  const auto outcome = control.check();
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error().code;
}

/// Files of migrations in the source, the highest of which carries their number.
int migrations() {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(TENANTCTL_SOURCE_DIR) + "/templates/sql/control"))
    count += file.path().extension() == ".sql" ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a control database that is missing altogether is not initialised, and the hint says how") {
  ControlFixture fixture;

  const auto outcome = fixture.control.check();

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::control_not_initialised);
  CHECK(outcome.error().hint == "run \"tenantctl init\"");
}

TEST_CASE("a control database without a schema is not initialised") {
  ControlFixture fixture;
  ask(session(PostgresCluster::shared().url()), "create database " + fixture.name);

  CHECK(refusal(fixture.control) == ErrorCode::control_not_initialised);
}

TEST_CASE("migrating makes the database, closed to other roles, and migrating again changes nothing") {
  ControlFixture fixture;

  const auto first = fixture.control.schema().migrate();
  const auto second = fixture.control.schema().migrate();

  REQUIRE(first.has_value());
  CHECK(first->version_before == 0);
  CHECK(static_cast<int>(first->applied.size()) == migrations());
  CHECK(first->version_after == migrations());
  REQUIRE(second.has_value());
  CHECK(second->applied.empty());
  CHECK(second->version_before == migrations());
  CHECK(fixture.control.check().has_value());
  CHECK(ask(fixture.look(), "select has_database_privilege('public', current_database(), 'connect')") == "f");
}

TEST_CASE("two that migrate at once both succeed, and every migration is applied once") {
  ControlFixture fixture;
  std::array<std::string, 2> outcomes;
  std::array<std::thread, 2> migrators;
  for (std::size_t i = 0; i < 2; ++i) {
    migrators[i] = std::thread([&, i] {
      ControlDatabase control(fixture.url);
      const auto done = control.schema().migrate();
      outcomes[i] = done ? "" : full_message(done.error());
    });
  }
  for (auto& migrator : migrators) migrator.join();

  CHECK(outcomes[0] == "");
  CHECK(outcomes[1] == "");
  CHECK(ask(fixture.look(), "select count(*) from schema_migrations") == std::to_string(migrations()));
}

TEST_CASE("a migration whose recorded checksum differs makes the control database a newer one") {
  const auto fixture = ControlFixture::migrated();
  ask(fixture->look(), "update schema_migrations set checksum = 'altered' where version = 2");
  ControlDatabase control(fixture->url);

  CHECK(refusal(control) == ErrorCode::control_newer);
  CHECK(control.schema().migrate().error().code == ErrorCode::control_newer);
}

TEST_CASE("a migration that this program does not know makes the control database a newer one") {
  const auto fixture = ControlFixture::migrated();
  ask(fixture->look(), "insert into schema_migrations (version, name, checksum) values (9999, '9999_future.sql', 'x')");
  ControlDatabase control(fixture->url);

  CHECK(refusal(control) == ErrorCode::control_newer);
}

TEST_CASE("a migration that is missing asks for init") {
  const auto fixture = ControlFixture::migrated();
  ask(fixture->look(), "delete from schema_migrations where version = 3");
  ControlDatabase control(fixture->url);

  CHECK(refusal(control) == ErrorCode::control_not_initialised);
}

TEST_CASE("a migration that fails leaves nothing of itself and can be repeated") {
  ControlFixture fixture;
  ask(session(PostgresCluster::shared().url()), "create database " + fixture.name);
  ask(fixture.look(), "create table tenant_usage (in_the_way int)");

  const auto failed = fixture.control.schema().migrate();
  const auto versions = ask(fixture.look(), "select count(*) from schema_migrations");
  const auto audit = ask(fixture.look(), "select coalesce(to_regclass('audit_log')::text, 'none')");
  ask(fixture.look(), "drop table tenant_usage");

  REQUIRE_FALSE(failed.has_value());
  CHECK(full_message(failed.error()).find("0003_audit_usage.sql") != std::string::npos);
  CHECK(versions == "2");
  CHECK(audit == "none");
  CHECK(fixture.control.schema().migrate().has_value());
}

TEST_CASE("a control server that is down is unreachable, and a retry is safe") {
  ControlDatabase control(Secret("host=/nonexistent dbname=tenantctl"));

  const auto outcome = control.check();

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::control_unreachable);
  CHECK(outcome.error().retryable);
  CHECK(control.schema().migrate().error().code == ErrorCode::control_unreachable);
}

TEST_CASE("rows of the journal, of the audit log and of the history of configurations are never changed or removed") {
  const auto fixture = ControlFixture::migrated();
  REQUIRE(open(fixture->control, 1, "acme").has_value());
  const auto look = fixture->look();

  for (const auto* statement : {"delete from audit_log", "update audit_log set actor = 'x'", "truncate audit_log",
                                "delete from step_events", "update step_events set mark = 'applied'", "truncate step_events",
                                "delete from tenant_configuration_changes", "truncate tenant_configuration_changes"}) {
    CHECK(sqlstate(look, statement) == "23001");
  }
}

TEST_CASE("the database refuses what no program should write: a status, a slug, a second owner of a name") {
  const auto fixture = ControlFixture::migrated();
  REQUIRE(open(fixture->control, 1, "acme").has_value());
  const auto look = fixture->look();

  CHECK(sqlstate(look, "update tenants set status = 'odd'") == "23514");
  CHECK(sqlstate(look, "update tenants set slug = 'Odd Slug'") == "23514");
  CHECK(sqlstate(look, "insert into tenant_domains (host, tenant) values ('x.test', gen_random_uuid())") == "23503");
  CHECK(sqlstate(look, "update operations set state = 'succeeded'") == "23514");
}
