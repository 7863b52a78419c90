#include "pipeline/restore_leftovers.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

const TenantId k_restored = *TenantId::parse("11111111-1111-4111-8111-111111111111");
const TenantId k_other = *TenantId::parse("99999999-9999-4999-8999-999999999999");

Thing thing(ThingKind kind, const std::string& name, const TenantId& tenant = k_restored) {
  return {.kind = kind, .place = "local", .name = name, .tenant = tenant};
}

}  // namespace

TEST_CASE("what restores of a tenant have left is told by its names, apart by what it is") {
  const TenantDatabase names{.tenant = k_restored,
                             .database = *DatabaseName::parse("demo_acme"),
                             .owner = *RoleName::parse("demo_acme_owner"),
                             .login = *RoleName::parse("demo_acme")};

  const auto left =
      leftovers_of_restores(names, {thing(ThingKind::database, "demo_acme"), thing(ThingKind::database, "demo_acme_o0a1b"),
                                    thing(ThingKind::database, "demo_acme_n0a1b"), thing(ThingKind::database, "demo_acme_other"),
                                    thing(ThingKind::database, "demo_acme_o2222", k_other), thing(ThingKind::role, "demo_acme_o3333"),
                                    thing(ThingKind::role, "tctl_check_ab12_owner"), thing(ThingKind::database, "tctl_check_ab12"),
                                    thing(ThingKind::role, "tctl_check_cd34_owner", k_other)});

  REQUIRE(left.aside.size() == 1);
  CHECK(left.aside.front().database.str() == "demo_acme_o0a1b");
  CHECK(left.aside.front().owner == names.owner);
  REQUIRE(left.fresh.size() == 1);
  CHECK(left.fresh.front().database.str() == "demo_acme_n0a1b");
  CHECK(left.checks == std::set<std::string>{"ab12"});
  CHECK(leftovers_of_restores(names, {thing(ThingKind::database, "demo_acme"), thing(ThingKind::role, "demo_acme_owner")}).none());
}
