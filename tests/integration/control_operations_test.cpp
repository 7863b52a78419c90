// Opening, finding and taking over operations; the lock on a tenant's name; reading tenants.
#include <algorithm>
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("an opened create is there with all that belongs to it") {
  const auto fixture = ControlFixture::migrated();
  auto operation = create_of(1, "acme");
  operation.parameters = {{"plan_terms", {{"price", 49}}}, {"note", "{}'; --"}};
  operation.idempotency_key = "key-1";
  auto tenant = tenant_of(1, "acme");
  tenant.company_name = "O'Neil & \"Söhne\"; drop table tenants; {{x}} $(id)";

  const auto ticket =
      fixture->control.operations().open_create(operation, tenant, {*HostName::parse("acme.yourapp.test")}, {{"theme", "dark'"}}, 0);

  REQUIRE(ticket.has_value());
  const auto found = fixture->control.operations().find(ticket->id).value();
  CHECK(found.parameters == operation.parameters);
  CHECK(found.actor.name == "ada");
  CHECK(found.actor.pid == 4711);
  CHECK(found.state == OperationState::running);
  CHECK(found.fence == ticket->fence);
  CHECK(to_rfc3339(found.started_at) > "2020");
  const auto stored = fixture->control.tenants().find("T0000001").value();
  CHECK(stored.company_name == tenant.company_name);
  CHECK(stored.status == TenantStatus::provisioning);
  CHECK_FALSE(stored.activated_at.has_value());
  CHECK(fixture->control.tenants().domains(tenant.id).value() == std::vector<std::string>{"acme.yourapp.test"});
  CHECK(fixture->control.tenants().configuration(tenant.id).value() == TenantConfiguration{{"theme", "dark'"}});
  CHECK(fixture->control.operations().find_by_idempotency_key("key-1").value()->id == operation.id);
  CHECK_FALSE(fixture->control.operations().find_by_idempotency_key("key-2").value().has_value());
  CHECK(ask(fixture->look(), "select plan_terms::text from tenants") == "{\"price\": 49}");
}

TEST_CASE("a second create of a name is refused, the first is untouched, and the hint fits its state") {
  const auto fixture = ControlFixture::migrated();
  const auto first = open(fixture->control, 1, "acme").value();

  const auto unfinished = open(fixture->control, 2, "acme");
  REQUIRE(fixture->control.journal().close(first, {}, OperationState::succeeded, ActivateTenant{}).has_value());
  const auto finished = open(fixture->control, 2, "acme");

  REQUIRE_FALSE(unfinished.has_value());
  CHECK(unfinished.error().code == ErrorCode::tenant_exists);
  CHECK(unfinished.error().hint.find("tenantctl resume acme") != std::string::npos);
  REQUIRE_FALSE(finished.has_value());
  CHECK(finished.error().message == "tenant \"acme\" exists already and is active");
  CHECK(finished.error().hint == "run \"tenantctl show acme\"");
  CHECK(ask(fixture->look(), "select count(*) || ' ' || min(id::text) from tenants") == "1 " + tenant_id(1).str());
  CHECK(ask(fixture->look(), "select count(*) from operations") == "1");
}

TEST_CASE("a server gets no more tenants than it is to have, however many are opened at once") {
  const auto fixture = ControlFixture::migrated();
  constexpr int k_racers = 8;
  std::vector<std::string> outcomes(k_racers);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < k_racers; ++i) {
      threads.emplace_back([&, i] {
        ControlDatabase own(fixture->url);
        const auto opened =
            own.operations().open_create(create_of(i, fmt::format("tenant-{}", i)), tenant_of(i, fmt::format("tenant-{}", i)), {}, {}, 3);
        outcomes[static_cast<std::size_t>(i)] = opened ? "opened" : std::string(info(opened.error().code).name);
      });
    }
  }

  CHECK(std::ranges::count(outcomes, "opened") == 3);
  CHECK(std::ranges::count(outcomes, "limit_reached") == k_racers - 3);
  CHECK(fixture->control.tenants().count_by_server().value() == ServerCounts{{"pg1", 3}});
  // Nobody is kept from counting afterwards, and another server's tenants don't count.
  auto elsewhere = tenant_of(20, "elsewhere");
  elsewhere.server = "pg2";
  CHECK(fixture->control.operations().open_create(create_of(20, "elsewhere"), elsewhere, {}, {}, 1).has_value());
  const auto full = fixture->control.operations().open_create(create_of(21, "late"), tenant_of(21, "late"), {}, {}, 3);
  REQUIRE_FALSE(full.has_value());
  CHECK(full.error().retryable);
  CHECK(fixture->control.tenants().count_by_server().value() == ServerCounts{{"pg1", 3}, {"pg2", 1}});
}

TEST_CASE("of many that open one name at once, one wins and the others are told that it exists") {
  const auto fixture = ControlFixture::migrated();
  constexpr int k_racers = 6;
  std::vector<std::string> outcomes(k_racers);
  std::vector<std::thread> racers;
  for (int i = 0; i < k_racers; ++i) {
    racers.emplace_back([&, i] {
      ControlDatabase control(fixture->url);
      const auto ticket = open(control, i + 1, "acme");
      outcomes[static_cast<std::size_t>(i)] = ticket ? "won" : std::string(info(ticket.error().code).name);
    });
  }
  for (auto& racer : racers) racer.join();

  CHECK(std::ranges::count(outcomes, "won") == 1);
  CHECK(std::ranges::count(outcomes, "tenant_exists") == k_racers - 1);
  CHECK(ask(fixture->look(), "select count(*) from tenant_domains") == "2");
}

TEST_CASE("a domain that another tenant has is refused by its name, and nothing is inserted") {
  const auto fixture = ControlFixture::migrated();
  REQUIRE(open(fixture->control, 1, "acme").has_value());

  const auto outcome = fixture->control.operations().open_create(create_of(2, "other"), tenant_of(2, "other"),
                                                                 {*HostName::parse("acme.yourapp.test")}, {}, 0);

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::tenant_exists);
  CHECK(outcome.error().message == "domain \"acme.yourapp.test\" belongs to tenant \"acme\"");
  CHECK(fixture->control.tenants().list({})->total == 1);
}

TEST_CASE("an idempotency key is used once") {
  const auto fixture = ControlFixture::migrated();
  auto first = create_of(1, "acme");
  auto second = create_of(2, "other");
  first.idempotency_key = second.idempotency_key = "k";
  REQUIRE(fixture->control.operations().open_create(first, tenant_of(1, "acme"), {}, {}, 0).has_value());

  const auto outcome = fixture->control.operations().open_create(second, tenant_of(2, "other"), {}, {}, 0);

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::idempotency_mismatch);
}

TEST_CASE("a NUL byte in a value is refused instead of cutting it") {
  const auto fixture = ControlFixture::migrated();
  auto tenant = tenant_of(1, "acme");
  tenant.company_name = std::string("Ac\0me", 5);

  const auto outcome = fixture->control.operations().open_create(create_of(1, "acme"), tenant, {}, {}, 0);

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::bad_value);
}

TEST_CASE("a held tenant is locked for everybody else, who is told by whom and since when") {
  const auto fixture = ControlFixture::migrated();
  const auto slug = *TenantSlug::parse("acme");
  ControlDatabase other(fixture->url);
  auto lock = fixture->control.operations().lock(slug);
  REQUIRE(lock.has_value());

  const auto before = other.operations().lock(slug);
  REQUIRE(open(fixture->control, 1, "acme").has_value());
  const auto after = other.operations().lock(slug);

  REQUIRE_FALSE(before.has_value());
  CHECK(before.error().code == ErrorCode::locked);
  REQUIRE_FALSE(after.has_value());
  CHECK(after.error().message.find("held by \"ada\" on host \"ops1\" (pid 4711) since 20") != std::string::npos);
  CHECK_FALSE(fixture->control.operations().lock(slug).has_value());
  CHECK(other.operations().lock(*TenantSlug::parse("other")).has_value());
}

TEST_CASE("a lock goes with its object, and with its connection") {
  const auto fixture = ControlFixture::migrated();
  const auto slug = *TenantSlug::parse("acme");
  ControlDatabase other(fixture->url);
  { const auto released = fixture->control.operations().lock(slug); }
  auto lock = other.operations().lock(slug);
  REQUIRE(lock.has_value());
  CHECK_FALSE(fixture->control.operations().lock(slug).has_value());

  ask(session(PostgresCluster::shared().url()),
      "select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and database ="
      " (select oid from pg_database where datname = '" +
          fixture->name + "')");

  CHECK(fixture->control.operations().lock(slug).has_value());
  lock->reset();  // must not release the lock that somebody else has now
}

TEST_CASE("a lost control connection is an error once, and is opened again") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = open(fixture->control, 1, "acme").value();
  ask(session(PostgresCluster::shared().url()),
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '" + fixture->name + "'");

  const auto lost = fixture->control.operations().find(ticket.id);

  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().code == ErrorCode::control_unreachable);
  CHECK(lost.error().retryable);
  CHECK(fixture->control.operations().find(ticket.id).has_value());
}

TEST_CASE("operations are listed newest first, and by name and state") {
  const auto fixture = ControlFixture::migrated();
  const auto first = open(fixture->control, 1, "acme").value();
  REQUIRE(open(fixture->control, 2, "other").has_value());
  REQUIRE(fixture->control.journal().close(first, {}, OperationState::undone, RemoveTenant{}).has_value());
  REQUIRE(open(fixture->control, 3, "acme").has_value());
  auto& operations = fixture->control.operations();

  const auto all = operations.list({}).value();

  REQUIRE(all.size() == 3);
  CHECK(all.front().id == operation_id(3));
  CHECK(all.back().id == operation_id(1));
  CHECK(operations.list({.slug = "acme"})->size() == 2);
  CHECK(operations.list({.only_unfinished = true})->size() == 2);
  CHECK(operations.list({.limit = 1})->size() == 1);
  CHECK(operations.find(operation_id(99)).error().code == ErrorCode::operation_not_found);
  CHECK(operations.take_over(operation_id(99), {}).error().code == ErrorCode::operation_not_found);
}

TEST_CASE("tenants are found by slug, code in any case and id, and a near miss is proposed") {
  const auto fixture = ControlFixture::migrated();
  REQUIRE(open(fixture->control, 1, "acme").has_value());
  auto& tenants = fixture->control.tenants();

  CHECK(tenants.find("acme")->id == tenant_id(1));
  CHECK(tenants.find("t0000001")->id == tenant_id(1));
  CHECK(tenants.find(tenant_id(1).str())->id == tenant_id(1));
  const auto missed = tenants.find("acmee");
  REQUIRE_FALSE(missed.has_value());
  CHECK(missed.error().code == ErrorCode::tenant_not_found);
  CHECK(missed.error().hint == "did you mean \"acme\"?");
}

TEST_CASE("tenants are listed by slug, in pages, with the number on all pages") {
  const auto fixture = ControlFixture::migrated();
  for (const auto* slug : {"ccc", "aaa", "bbb"}) REQUIRE(open(fixture->control, slug[0], slug).has_value());
  auto& tenants = fixture->control.tenants();

  const auto page = tenants.list({.limit = 1, .offset = 1}).value();

  CHECK(page.total == 3);
  REQUIRE(page.tenants.size() == 1);
  CHECK(page.tenants.front().slug.str() == "bbb");
  CHECK(tenants.list({.offset = 9})->total == 3);
  CHECK(tenants.list({.status = TenantStatus::active})->total == 0);
  CHECK(tenants.list({.plan = "trial", .stack = "shop", .server = "pg1"})->total == 3);
}
