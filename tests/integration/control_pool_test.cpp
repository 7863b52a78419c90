// The pool in the control database: each database goes to one create, or to none.
#include <set>
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

PoolEntry entry_of(int number, const std::string& stack = "shop") {
  return {.identity = {tenant_id(number), *TenantCode::parse(fmt::format("T{:07}", number))},
          .stack = stack,
          .server = "pg1",
          .filled_by = operation_id(number)};
}

Operation fill_of(int number) {
  return {.id = operation_id(number),
          .tenant = tenant_id(number),
          .slug = pool_slug(entry_of(number).identity.code).str(),
          .kind = "pool_fill",
          .actor = {.name = "ada", .host = "ops1", .pid = 1}};
}

OperationTicket begin(ControlFixture& fixture, int number) {
  return fixture.control.pool().open_fill(fill_of(number), entry_of(number)).value();
}

void fill(ControlFixture& fixture, int number, const std::string& made_of = "tpl") {
  REQUIRE(fixture.control.journal().close(begin(fixture, number), {}, OperationState::succeeded, MarkPoolEntryReady{made_of}).has_value());
}

std::string states(ControlFixture& fixture) {
  std::string text;
  const auto entries = fixture.control.pool().list().value();
  for (const auto& entry : entries) text += fmt::format("{} ", to_string(entry.state));
  return text;
}

Result<OperationTicket> open_pooled(ControlFixture& fixture, int tenant, int operation) {
  auto create = create_of(operation, "acme");
  create.tenant = tenant_id(tenant);
  create.parameters["pool_template"] = "tpl";
  return fixture.control.operations().open_create(create, tenant_of(tenant, "acme"), {*HostName::parse("acme.yourapp.test")}, {}, 0);
}

}  // namespace

TEST_CASE("an entry can be claimed once its fill has succeeded, and of the template that is wanted alone") {
  const auto fixture = ControlFixture::migrated();
  auto& pool = fixture->control.pool();
  const auto ticket = begin(*fixture, 1);
  CHECK_FALSE(pool.claim("shop", "pg1", "", operation_id(9)).value().has_value());

  REQUIRE(fixture->control.journal().close(ticket, {}, OperationState::succeeded, MarkPoolEntryReady{"tpl"}).has_value());

  CHECK_FALSE(pool.claim("shop", "pg1", "newer", operation_id(9)).value().has_value());
  CHECK_FALSE(pool.claim("shop", "pg2", "tpl", operation_id(9)).value().has_value());
  CHECK_FALSE(pool.claim("other", "pg1", "tpl", operation_id(9)).value().has_value());
  const auto claimed = pool.claim("shop", "pg1", "tpl", operation_id(9)).value();
  REQUIRE(claimed.has_value());
  CHECK(claimed->identity.id == tenant_id(1));
  CHECK(claimed->template_name == "tpl");
  CHECK_FALSE(pool.claim("shop", "pg1", "tpl", operation_id(10)).value().has_value());
}

TEST_CASE("a fill that is undone takes its entry along") {
  const auto fixture = ControlFixture::migrated();
  const auto ticket = begin(*fixture, 1);

  REQUIRE(fixture->control.journal().close(ticket, {}, OperationState::undone, RemovePoolEntry{}).has_value());

  CHECK(states(*fixture).empty());
}

TEST_CASE("of many that claim at the same time each gets another entry") {
  constexpr int k_entries = 40;
  const auto fixture = ControlFixture::migrated();
  for (int i = 1; i <= k_entries; ++i) fill(*fixture, i);
  std::vector<std::vector<TenantId>> got(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < got.size(); ++i) {
      threads.emplace_back([&, i] {
        ControlDatabase control(fixture->url);
        for (int n = 0;; ++n) {
          const auto claimed = control.pool().claim("shop", "pg1", "tpl", operation_id(1000 * static_cast<int>(i + 1) + n));
          if (!claimed || !*claimed) break;
          got[i].push_back((*claimed)->identity.id);
        }
      });
    }
  }
  std::multiset<TenantId> all;
  for (const auto& list : got) all.insert(list.begin(), list.end());

  CHECK(all.size() == k_entries);
  CHECK(std::set<TenantId>(all.begin(), all.end()).size() == k_entries);
}

TEST_CASE("the create that has claimed an entry takes it out of the pool with its own row, and no other can") {
  const auto fixture = ControlFixture::migrated();
  fill(*fixture, 1);
  const auto claimed = fixture->control.pool().claim("shop", "pg1", "tpl", operation_id(8)).value();
  REQUIRE(claimed.has_value());

  CHECK(open_pooled(*fixture, 1, 7).error().code == ErrorCode::state_conflict);
  CHECK(states(*fixture) == "claimed ");
  CHECK(open_pooled(*fixture, 1, 8).has_value());

  CHECK(states(*fixture).empty());
  CHECK(fixture->control.tenants().find("acme").value().id == tenant_id(1));
}

TEST_CASE("a claim of a create that was not begun is given back, and of one that was is not") {
  const auto fixture = ControlFixture::migrated();
  auto& pool = fixture->control.pool();
  fill(*fixture, 1);
  const auto claimed = pool.claim("shop", "pg1", "tpl", operation_id(8)).value();
  REQUIRE(open(fixture->control, 3, "acme").has_value());
  CHECK(open_pooled(*fixture, 1, 8).error().code == ErrorCode::tenant_exists);

  REQUIRE(pool.give_back(*claimed, operation_id(9)).has_value());
  CHECK(states(*fixture) == "claimed ");
  REQUIRE(pool.give_back(*claimed, operation_id(8)).has_value());

  CHECK(states(*fixture) == "ready ");
}

TEST_CASE("a claim whose process was killed is drained ten minutes later, and its create can't begin any more") {
  const auto fixture = ControlFixture::migrated();
  auto& pool = fixture->control.pool();
  fill(*fixture, 1);
  REQUIRE(pool.claim("shop", "pg1", "tpl", operation_id(8)).value().has_value());
  REQUIRE(pool.settle().has_value());
  CHECK(states(*fixture) == "claimed ");
  ask(fixture->look(), "update pool_entries set claimed_at = claimed_at - interval '11 minutes'");

  REQUIRE(pool.settle().has_value());

  CHECK(states(*fixture) == "draining ");
  CHECK(open_pooled(*fixture, 1, 8).error().code == ErrorCode::state_conflict);
}

TEST_CASE("an entry that was withdrawn can't be claimed, and one that was claimed can't be withdrawn") {
  const auto fixture = ControlFixture::migrated();
  auto& pool = fixture->control.pool();
  fill(*fixture, 1);
  fill(*fixture, 2);
  const auto claimed = pool.claim("shop", "pg1", "tpl", operation_id(8)).value();
  REQUIRE(claimed.has_value());

  CHECK_FALSE(pool.withdraw(*claimed).value());
  const auto& other = claimed->identity.id == tenant_id(1) ? entry_of(2) : entry_of(1);
  CHECK(pool.withdraw(other).value());

  CHECK_FALSE(pool.claim("shop", "pg1", "tpl", operation_id(9)).value().has_value());
}
