// When tenants expire, in a real control database.
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;

namespace {

const Instant k_time_over{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

struct Ephemerals {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  ControlDatabase& control = fixture->control;
  ExpiryStore& expiry = control.expiry();

  /// Reserved with that end, and live.
  void make(int number, const std::string& slug, std::optional<Instant> expires_at) {
    auto tenant = tenant_of(number, slug);
    tenant.expires_at = expires_at;
    const auto ticket =
        control.operations().open_create(create_of(number, slug), tenant, {*HostName::parse(slug + ".yourapp.test")}, {}, 0);
    REQUIRE(ticket);
    REQUIRE(control.journal().close(*ticket, {}, OperationState::succeeded, ActivateTenant{}));
  }
  void run(const std::string& sql) const { test::ask(fixture->look(), sql.c_str()); }
  std::vector<std::string> due(Instant now) {
    std::vector<std::string> slugs;
    const auto all = expiry.due(now).value();
    for (const auto& one : all) slugs.push_back(one.slug);
    return slugs;
  }
  std::string entries() const {
    return test::ask(fixture->look(), "select count(*) from audit_log where action in ('ttl_set.succeeded', 'ttl_clear.succeeded')");
  }
};

}  // namespace

TEST_CASE("when a tenant expires is reserved with its name, and its activation leaves it", "[expiry]") {
  Ephemerals tenants;
  tenants.make(1, "acme", k_time_over);
  tenants.make(2, "bolt", std::nullopt);

  CHECK(tenants.control.tenants().find("acme")->expires_at == k_time_over);
  CHECK_FALSE(tenants.control.tenants().find("bolt")->expires_at);
}

TEST_CASE("tenants whose time is over are due by name in every state but deleted, and others never", "[expiry]") {
  Ephemerals tenants;
  int number = 0;
  for (const auto* status : {"suspended", "active", "cancelled", "failed", "provisioning", "deleted"}) {
    tenants.make(++number, std::string("is-") + status, k_time_over);
    tenants.run(std::string("update tenants set status = '") + status + "' where slug = 'is-" + status + "'");
  }
  tenants.make(++number, "is-kept", std::nullopt);

  CHECK(tenants.due(k_time_over - 1us).empty());
  CHECK(tenants.due(k_time_over) == std::vector<std::string>{"is-active", "is-cancelled", "is-failed", "is-provisioning", "is-suspended"});
  const auto due = tenants.expiry.due(k_time_over + 1h).value();
  CHECK(due.front().id == tenant_id(2));
  CHECK(due.front().status == TenantStatus::active);
  CHECK(due.front().expires_at == k_time_over);
}

TEST_CASE("a tenant's time is set and cleared, each with one entry of the audit log, and done twice it is as done once", "[expiry]") {
  Ephemerals tenants;
  tenants.make(1, "acme", k_time_over);

  for (int i = 0; i < 2; ++i) REQUIRE(tenants.expiry.set(tenant_id(1), k_time_over + 2h, entry("ttl_set.succeeded")));
  const auto due_later = tenants.due(k_time_over + 1h);
  const auto set = tenants.control.tenants().find("acme")->expires_at;
  for (int i = 0; i < 2; ++i) REQUIRE(tenants.expiry.set(tenant_id(1), std::nullopt, entry("ttl_clear.succeeded")));

  CHECK(due_later.empty());
  CHECK(set == k_time_over + 2h);
  CHECK_FALSE(tenants.control.tenants().find("acme")->expires_at);
  CHECK(tenants.entries() == "2");
}

TEST_CASE("a deleted tenant gets no time", "[expiry]") {
  Ephemerals tenants;
  tenants.make(1, "acme", k_time_over);
  tenants.run("update tenants set status = 'deleted', deleted_at = clock_timestamp()");

  REQUIRE(tenants.expiry.set(tenant_id(1), k_time_over + 2h, entry("ttl_set.succeeded")));

  CHECK(tenants.control.tenants().find("acme")->expires_at == k_time_over);
  CHECK(tenants.entries() == "0");
}
