// Tenants' configurations in the control database: versions, history, and changes that meet.
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

AuditEntry entry_of(const std::string& actor = "ada") {
  auto made = entry("config_set.succeeded");
  made.actor = actor;
  made.details = {{"key", "currency"}};
  return made;
}

ConfigurationEdit edit(std::int64_t expected, std::optional<std::string> to, const std::string& key = "currency") {
  return {.tenant = tenant_id(1), .expected = expected, .key = key, .to = std::move(to)};
}

std::unique_ptr<ControlFixture> with_tenant(const TenantConfiguration& configuration = {}) {
  auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme", configuration);
  REQUIRE(ticket.has_value());
  REQUIRE(fixture->control.journal().close(*ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());
  return fixture;
}

}  // namespace

TEST_CASE("a change raises the version, keeps what was before, and is in the audit log") {
  const auto fixture = with_tenant({{"currency", "EUR"}});
  auto& store = fixture->control.configurations();

  CHECK(store.change(edit(0, "USD'; --"), entry_of()).value() == 1);
  CHECK(store.change(edit(1, "dark", "theme"), entry_of("eve")).value() == 2);
  CHECK(store.change(edit(2, std::nullopt), entry_of()).value() == 3);

  const auto state = store.read(tenant_id(1)).value();
  CHECK(state.version == 3);
  CHECK(state.given == 0);
  CHECK(state.values == TenantConfiguration{{"theme", "dark"}});
  CHECK(state.unset == std::set<std::string>{"currency"});
  const auto history = store.history(tenant_id(1), 0, 10).value();
  REQUIRE(history.size() == 3);
  CHECK(history[2].from == "EUR");
  CHECK(history[2].to == "USD'; --");
  CHECK_FALSE(history[1].from.has_value());
  CHECK(history[1].actor == "eve");
  CHECK(history[0].from == "USD'; --");
  CHECK_FALSE(history[0].to.has_value());
  CHECK(store.history(tenant_id(1), 3, 1).value().at(0).version == 2);
  const auto logged = fixture->control.audit().list({.slug = "acme", .limit = 1}).value().entries.at(0);
  CHECK(logged.action == "config_set.succeeded");
  CHECK(logged.details == nlohmann::json{{"key", "currency"}, {"version", 3}});
}

TEST_CASE("a change of a version that has moved is refused and writes nothing") {
  const auto fixture = with_tenant();
  auto& store = fixture->control.configurations();
  REQUIRE(store.change(edit(0, "EUR"), entry_of()).has_value());

  const auto late = store.change(edit(0, "USD"), entry_of());

  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::state_conflict);
  CHECK(store.read(tenant_id(1)).value().values == TenantConfiguration{{"currency", "EUR"}});
  CHECK(ask(fixture->look(), "select count(*) from tenant_configuration_changes") == "1");
  CHECK(ask(fixture->look(), "select count(*) from audit_log where action like 'config%'") == "1");
}

TEST_CASE("of changes that meet, each that succeeds has a version of its own, and its old value is the one before") {
  const auto fixture = with_tenant();
  constexpr int k_writers = 4;
  constexpr int k_rounds = 10;
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < k_writers; ++writer) {
    writers.emplace_back([&, writer] {
      ControlDatabase control(fixture->url);
      for (int round = 0; round < k_rounds; ++round) {
        const auto state = control.configurations().read(tenant_id(1));
        if (state && control.configurations().change(edit(state->version, fmt::format("{}-{}", writer, round)), entry_of())) ++succeeded;
      }
    });
  }
  for (auto& writer : writers) writer.join();

  CHECK(succeeded > 0);
  const auto look = fixture->look();
  CHECK(ask(look, "select count(*) || ' ' || max(version) from tenant_configuration_changes") == fmt::format("{0} {0}", succeeded.load()));
  CHECK(ask(look,
            "select count(*) from tenant_configuration_changes a join tenant_configuration_changes b on b.version = a.version + 1 where "
            "b.old_value is distinct from a.new_value") == "0");
  CHECK(ask(look,
            "select c.value = h.new_value from tenant_configurations c, (select new_value from tenant_configuration_changes order by "
            "version desc limit 1) h") == "t");
}

TEST_CASE("what was given never goes back, and a tenant that lags behind is told of") {
  const auto fixture = with_tenant();
  auto& store = fixture->control.configurations();
  CHECK(store.lagging().value().empty());
  REQUIRE(store.change(edit(0, "EUR"), entry_of()).has_value());
  REQUIRE(store.change(edit(1, "USD"), entry_of()).has_value());

  const auto behind = store.lagging().value();
  REQUIRE(store.mark_given(tenant_id(1), 2).has_value());
  REQUIRE(store.mark_given(tenant_id(1), 1).has_value());

  REQUIRE(behind.size() == 1);
  CHECK(behind[0].slug == "acme");
  CHECK(behind[0].version == 2);
  CHECK(store.lagging().value().empty());
  CHECK(store.read(tenant_id(1)).value().given == 2);
}

TEST_CASE("the history of a configuration outlives its tenant, and a tenant that is no more has no configuration") {
  const auto fixture = with_tenant();
  auto& store = fixture->control.configurations();
  REQUIRE(store.change(edit(0, "EUR"), entry_of()).has_value());

  ask(fixture->look(), "delete from tenants");

  CHECK(store.history(tenant_id(1), 0, 10).value().size() == 1);
  CHECK(store.read(tenant_id(1)).error().code == ErrorCode::tenant_not_found);
  CHECK(store.change(edit(1, "USD"), entry_of()).error().code == ErrorCode::state_conflict);
}
