// Sessions that work for an operation which somebody else takes over.
#include <catch2/catch.hpp>

#include "adapters/postgres/database_server.hpp"
#include "support/postgres_provisioner.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

const std::string k_operation = "0b6f6a3e-5f0e-4b1c-9f35-6a9b3f1d2c77";

/// An operation's fence as the control database knows it.
struct Fence {
  std::int64_t now = 1;
  Claim claim() {
    return {.ticket = {.id = *OperationId::parse(k_operation), .fence = now}, .still_ours = [this, mine = now]() -> Result<void> {
              if (mine == now) return {};
              return fail(ErrorCode::fenced, "taken over");
            }};
  }
};

TenantDatabase names(int number) {
  const auto code = "claimed" + std::to_string(number);
  return {.tenant = *TenantId::parse("22222222-2222-4333-8444-555555555555"),
          .database = *DatabaseName::parse(code),
          .owner = *RoleName::parse(code + "_owner"),
          .login = *RoleName::parse(code)};
}

std::string sessions() { return "select count(*) from pg_stat_activity where application_name like 'tenantctl " + k_operation + " 1 %'"; }

void check_claims_as(const Provisioner& provisioner) {
  const auto watcher = session(PostgresCluster::shared().url());
  const auto tenant = names(next_number());
  Fence fence;
  PostgresServer first(provisioner.url);
  first.begin(fence.claim());
  REQUIRE(first.observe_roles(tenant));
  CHECK(ask(watcher, sessions()) == "1");

  fence.now = 2;
  PostgresServer second(provisioner.url);
  second.begin(fence.claim());
  REQUIRE(second.observe_roles(tenant));

  CHECK(ask(watcher, sessions()) == "0");
  CHECK_FALSE(first.create_roles(tenant, {}));
  const auto again = first.create_roles(tenant, {});
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::fenced);
  CHECK(ask(watcher, "select count(*) from pg_roles where rolname like '" + tenant.login.str() + "%'") == "0");
}

}  // namespace

TEST_CASE("who takes an operation over ends the sessions of the one before, who gets no new one") { check_claims_as(superuser()); }

TEST_CASE("a provisioner that is no superuser ends them too") { check_claims_as(ordinary_provisioner()); }

TEST_CASE("a session that was opened before the fence was raised is not used after it") {
  Fence fence;
  PostgresServer server(superuser().url);
  server.begin(fence.claim());
  fence.now = 2;

  const auto refused = server.create_roles(names(next_number()), {});

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::fenced);
}

TEST_CASE("a session that was open before an operation began works for it, and is ended by who takes the operation over") {
  const auto watcher = session(PostgresCluster::shared().url());
  const auto pid_of = [&](const std::string& label) {
    return ask(watcher, "select coalesce(string_agg(pid::text, ','), '') from pg_stat_activity where application_name ~ '^tenantctl " +
                            label + "[a-z0-9]+$' and usename = current_user and state = 'idle' and query like '%pg_roles%'");
  };
  Fence fence;
  PostgresServer server(superuser().url);
  REQUIRE(server.observe_roles(names(next_number())));
  const auto before = pid_of("");
  REQUIRE_FALSE(before.empty());

  server.begin(fence.claim());
  REQUIRE(server.observe_roles(names(next_number())));
  CHECK(pid_of(k_operation + " 1 ") == before);

  fence.now = 2;
  PostgresServer second(superuser().url);
  second.begin(fence.claim());
  REQUIRE(second.observe_roles(names(next_number())));
  CHECK(ask(watcher, sessions()) == "0");
  CHECK(server.observe_roles(names(next_number())).error().code == ErrorCode::server_unreachable);
  CHECK(server.observe_roles(names(next_number())).error().code == ErrorCode::fenced);
}

TEST_CASE("a session that worked for one operation is known by the next one's name and not by its own") {
  const auto watcher = session(PostgresCluster::shared().url());
  Fence fence;
  PostgresServer server(superuser().url);
  server.begin(fence.claim());
  const auto tenant = names(next_number());
  REQUIRE(server.observe_roles(tenant));
  REQUIRE(ask(watcher, sessions()) == "1");
  auto next = fence.claim();
  next.ticket.id = *OperationId::parse("1c6f6a3e-5f0e-4b1c-9f35-6a9b3f1d2c77");

  server.begin(next);

  REQUIRE(server.observe_roles(tenant));
  CHECK(ask(watcher, sessions()) == "0");
  CHECK(ask(watcher, "select count(*) from pg_stat_activity where application_name like 'tenantctl 1c6f6a3e%'") == "1");
}

TEST_CASE("a session that was lost before an operation began is opened anew for it") {
  const auto watcher = session(PostgresCluster::shared().url());
  PostgresServer server(superuser().url);
  Fence fence;
  server.begin(fence.claim());
  REQUIRE(server.observe_roles(names(next_number())));
  REQUIRE(ask(watcher, "select bool_and(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name like 'tenantctl " +
                           k_operation + "%'") == "t");
  auto next = fence.claim();
  next.ticket.id = *OperationId::parse("2d6f6a3e-5f0e-4b1c-9f35-6a9b3f1d2c77");

  server.begin(next);

  CHECK(server.observe_roles(names(next_number())));
}
