// Custom domains in the control database: reserved, routed by the end of an operation, given up.
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

const HostName k_shop = *HostName::parse("shop.acme-corp.test");

CustomDomain domain_of(int tenant) { return {.host = k_shop, .tenant = tenant_id(tenant), .token = "tenantctl-0123"}; }

/// Tenants 1 and 2, both live.
std::unique_ptr<ControlFixture> with_tenants() {
  auto fixture = ControlFixture::migrated();
  for (int number : {1, 2}) {
    const auto ticket = open(fixture->control, number, number == 1 ? "acme" : "globex");
    REQUIRE(ticket.has_value());
    REQUIRE(fixture->control.journal().close(*ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());
  }
  return fixture;
}

/// A change of tenant 1's domain, ended with `change`.
void end_operation(ControlFixture& fixture, int number, const TenantChange& change) {
  const Operation operation{.id = operation_id(number),
                            .tenant = tenant_id(1),
                            .slug = "acme",
                            .kind = "domain_add",
                            .parameters = {{"domain", k_shop.str()}},
                            .actor = {.name = "ada", .host = "ops1", .pid = 1}};
  const auto ticket = fixture.control.operations().open(operation, TenantStatus::active);
  REQUIRE(ticket.has_value());
  const auto closed = fixture.control.journal().close(*ticket, {}, OperationState::succeeded, change);
  INFO((closed ? "" : full_message(closed.error())));
  REQUIRE(closed.has_value());
}

std::string domain_actions(const ControlFixture& fixture) {
  return ask(fixture.look(), "select string_agg(action, ' ' order by id) from audit_log where action like 'domain%'");
}

}  // namespace

TEST_CASE("a domain is read as it was reserved, and its tenant does not answer on it yet") {
  const auto fixture = with_tenants();
  auto& store = fixture->control.domains();

  REQUIRE(store.reserve(domain_of(1), entry("domain_reserve.succeeded")).has_value());

  const auto found = store.find(tenant_id(1), k_shop).value();
  CHECK(found.token == "tenantctl-0123");
  CHECK_FALSE(found.verified_at.has_value());
  CHECK_FALSE(found.routed_at.has_value());
  CHECK(store.list(tenant_id(1)).value().size() == 1);
  CHECK(store.all().value().size() == 1);
  CHECK(fixture->control.tenants().domains(tenant_id(1)).value() == std::vector<std::string>{"acme.yourapp.test", "api.acme.yourapp.test"});
  CHECK(domain_actions(*fixture) == "domain_reserve.succeeded");
}

TEST_CASE("a domain that a tenant has, custom or its own, is refused to every other, and nothing is written") {
  const auto fixture = with_tenants();
  auto& store = fixture->control.domains();
  REQUIRE(store.reserve(domain_of(1), entry("domain_reserve.succeeded")).has_value());
  auto own = domain_of(2);
  own.host = *HostName::parse("acme.yourapp.test");

  const auto taken = store.reserve(domain_of(2), entry("domain_reserve.succeeded"));
  const auto taken_own = store.reserve(own, entry("domain_reserve.succeeded"));

  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == ErrorCode::domain_taken);
  CHECK(taken.error().message == "domain \"shop.acme-corp.test\" belongs to tenant \"acme\"");
  REQUIRE_FALSE(taken_own.has_value());
  CHECK(taken_own.error().code == ErrorCode::domain_taken);
  CHECK(domain_actions(*fixture) == "domain_reserve.succeeded");
  CHECK(store.find(tenant_id(2), k_shop).error().code == ErrorCode::domain_not_found);
  CHECK(store.find(tenant_id(1), own.host).error().code == ErrorCode::domain_not_found);  // no custom one
}

TEST_CASE("the end of an operation routes a domain, and only a proof makes it a proved one") {
  const auto fixture = with_tenants();
  auto& store = fixture->control.domains();
  const bool verified = GENERATE(false, true);
  REQUIRE(store.reserve(domain_of(1), entry("domain_reserve.succeeded")).has_value());

  end_operation(*fixture, 3, MarkDomainRouted{.host = k_shop.str(), .verified = verified});

  const auto found = store.find(tenant_id(1), k_shop).value();
  CHECK(found.routed_at.has_value());
  CHECK(found.verified_at.has_value() == verified);
  CHECK(fixture->control.tenants().domains(tenant_id(1)).value().back() == k_shop.str());
  CHECK(ask(fixture->look(), "select details ->> 'domain' from audit_log where action = 'domain_add.succeeded'") == k_shop.str());

  const auto forgotten = store.forget(found, entry("domain_forget.succeeded"));
  REQUIRE_FALSE(forgotten.has_value());
  CHECK(forgotten.error().code == ErrorCode::state_conflict);

  end_operation(*fixture, 4, RemoveDomain{k_shop.str()});
  CHECK(store.list(tenant_id(1)).value().empty());
  CHECK(fixture->control.tenants().domains(tenant_id(1)).value().size() == 2);  // its own stay
}

TEST_CASE("an operation's end never removes or routes a tenant's own host, nor another tenant's domain") {
  const auto fixture = with_tenants();
  auto& store = fixture->control.domains();
  REQUIRE(store.reserve(domain_of(2), entry("domain_reserve.succeeded")).has_value());

  end_operation(*fixture, 3, RemoveDomain{"acme.yourapp.test"});
  end_operation(*fixture, 4, RemoveDomain{k_shop.str()});
  end_operation(*fixture, 5, MarkDomainRouted{.host = k_shop.str(), .verified = true});

  CHECK(fixture->control.tenants().domains(tenant_id(1)).value().size() == 2);
  CHECK_FALSE(store.find(tenant_id(2), k_shop).value().routed_at.has_value());
}

TEST_CASE("a proof keeps the time of the first, a reservation is given up once, and a tenant takes its domains along") {
  const auto fixture = with_tenants();
  auto& store = fixture->control.domains();
  REQUIRE(store.reserve(domain_of(1), entry("domain_reserve.succeeded")).has_value());
  REQUIRE(store.mark_verified(domain_of(1), entry("domain_verify.succeeded")).has_value());
  const auto first = store.find(tenant_id(1), k_shop).value().verified_at;
  REQUIRE(store.mark_verified(domain_of(1), entry("domain_verify.succeeded")).has_value());
  CHECK(store.find(tenant_id(1), k_shop).value().verified_at == first);

  REQUIRE(store.forget(domain_of(1), entry("domain_forget.succeeded")).has_value());
  REQUIRE(store.forget(domain_of(1), entry("domain_forget.succeeded")).has_value());
  CHECK(store.all().value().empty());
  CHECK(domain_actions(*fixture) == "domain_reserve.succeeded domain_verify.succeeded domain_forget.succeeded");

  REQUIRE(store.reserve(domain_of(1), entry("domain_reserve.succeeded")).has_value());
  ask(fixture->look(), "delete from tenants where slug = 'acme'");
  CHECK(store.all().value().empty());
}
