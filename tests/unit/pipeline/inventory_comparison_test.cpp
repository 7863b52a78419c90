#include "pipeline/inventory_comparison.hpp"

#include <catch2/catch.hpp>

#include "pipeline/create_plan.hpp"

using namespace tenantctl;

namespace {

const TenantId k_acme = *TenantId::parse("11111111-1111-4111-8111-111111111111");
const TenantId k_stranger = *TenantId::parse("99999999-9999-4999-8999-999999999999");

Thing database(const TenantId& tenant, const std::string& name = "demo_acme") {
  return {.kind = ThingKind::database, .place = "local", .name = name, .tenant = tenant, .owner = name + "_owner"};
}
Thing role(const TenantId& tenant, const std::string& name) {
  return {.kind = ThingKind::role, .place = "local", .name = name, .tenant = tenant};
}
Thing route(const TenantId& tenant, const std::string& host) {
  return {.kind = ThingKind::route_file, .place = "/nginx", .name = "/nginx/routes/demo/" + host, .tenant = tenant};
}

CreatePlan stored_plan() {
  return {.code = *TenantCode::parse("ABCDEFGH"),
          .slug = *TenantSlug::parse("acme"),
          .company_name = "Acme",
          .admin_email = *EmailAddress::parse("a@acme.test"),
          .stack = *ConfigName::parse("demo"),
          .plan = *ConfigName::parse("trial"),
          .server = *ConfigName::parse("local"),
          .database = {.tenant = k_acme,
                       .database = *DatabaseName::parse("demo_acme"),
                       .owner = *RoleName::parse("demo_acme_owner"),
                       .login = *RoleName::parse("demo_acme")},
          .front = *HostName::parse("acme.x.test"),
          .back = *HostName::parse("api.acme.x.test"),
          .route_files = {"/nginx/routes/demo/acme.x.test", "/nginx/routes/demo/api.acme.x.test"},
          .credentials_file = "/credentials/acme.json",
          .probe_address = "http://127.0.0.1:1"};
}

std::vector<Thing> all_of_acme() {
  return {database(k_acme),
          role(k_acme, "demo_acme"),
          role(k_acme, "demo_acme_owner"),
          route(k_acme, "acme.x.test"),
          route(k_acme, "api.acme.x.test"),
          {.kind = ThingKind::credentials_file, .place = "/credentials", .name = "/credentials/acme.json", .tenant = k_acme}};
}

World world(std::vector<Thing> things) { return {.things = std::move(things), .places = {"local", "/nginx", "/credentials"}}; }

Operation create_of_acme(OperationState state) {
  return {.id = *OperationId::parse("22222222-2222-4222-8222-222222222222"),
          .tenant = k_acme,
          .slug = "acme",
          .kind = "create",
          .parameters = to_parameters(stored_plan()),
          .actor = {},
          .state = state};
}

Tenant acme(TenantStatus status = TenantStatus::active) {
  return {.id = k_acme,
          .code = *TenantCode::parse("ABCDEFGH"),
          .slug = *TenantSlug::parse("acme"),
          .company_name = "Acme",
          .admin_email = "a@acme.test",
          .owner = "",
          .stack = "demo",
          .plan = "trial",
          .server = "local",
          .database = "demo_acme",
          .domain = "acme.x.test",
          .status = status,
          .activated_at = {},
          .trial_ends_at = {}};
}

Comparison compare(const World& both, const Records& records) { return compare_inventory(both, records, both); }

}  // namespace

TEST_CASE("a live tenant with all its things is in order") {
  const auto found = compare(world(all_of_acme()), {.operations = {create_of_acme(OperationState::succeeded)}, .tenants = {acme()}});

  CHECK(found.clean());
  CHECK(found.unfinished.empty());
}

TEST_CASE("a thing of a tenant that the journal never knew is an orphan that a plain fix leaves alone") {
  const auto found = compare(world({database(k_stranger)}), {});

  REQUIRE(found.orphans.size() == 1);
  CHECK(found.orphans[0].slug.empty());
  CHECK(remedy_of(found.orphans[0]) == Remedy::fix_unknown);
}

TEST_CASE("a thing that an undone create left is an orphan, with its slug from the journal") {
  const auto found = compare(world({database(k_acme)}), {.operations = {create_of_acme(OperationState::undone)}, .tenants = {}});

  REQUIRE(found.orphans.size() == 1);
  CHECK(found.orphans[0].slug == "acme");
  CHECK(remedy_of(found.orphans[0]) == Remedy::fix);
}

TEST_CASE("what an unfinished operation explains is listed with it and is no orphan") {
  const auto state = GENERATE(OperationState::running, OperationState::undoing, OperationState::stuck);

  const auto found =
      compare(world({database(k_acme), database(k_stranger, "other")}), {.operations = {create_of_acme(state)}, .tenants = {}});

  REQUIRE(found.unfinished.size() == 1);
  CHECK(found.unfinished[0].things.size() == 1);
  REQUIRE(found.orphans.size() == 1);
  CHECK(found.orphans[0].thing.name == "other");
}

TEST_CASE("an older undone create of a name does not make a newer tenant's things orphans") {
  auto older = create_of_acme(OperationState::undone);
  older.tenant = k_stranger;

  const auto found = compare(world(all_of_acme()), {.operations = {create_of_acme(OperationState::succeeded), older}, .tenants = {acme()}});

  CHECK(found.clean());
}

TEST_CASE("a tenant whose row is in any status explains its things") {
  const auto status =
      GENERATE(TenantStatus::provisioning, TenantStatus::suspended, TenantStatus::cancelled, TenantStatus::deleted, TenantStatus::failed);

  CHECK(compare(world({database(k_acme)}), {.operations = {}, .tenants = {acme(status)}}).orphans.empty());
}

TEST_CASE("a tenant that went away between the two looks is no orphan") {
  const Records undone{.operations = {create_of_acme(OperationState::undone)}, .tenants = {}};

  CHECK(compare_inventory(world(all_of_acme()), undone, world({})).orphans.empty());
}

TEST_CASE("a tenant that was begun after the records were read is no orphan") {
  CHECK(compare_inventory(world({}), {}, world(all_of_acme())).orphans.empty());
}

TEST_CASE("each thing that an active tenant lacks is missing") {
  const auto lost = GENERATE(range(std::size_t{0}, std::size_t{6}));
  auto things = all_of_acme();
  const auto gone = things[lost];
  things.erase(things.begin() + static_cast<std::ptrdiff_t>(lost));

  const auto found = compare(world(things), {.operations = {create_of_acme(OperationState::succeeded)}, .tenants = {acme()}});

  REQUIRE(found.missing.size() == 1);
  CHECK(found.missing[0].name == gone.name);
  CHECK(found.missing[0].kind == gone.kind);
  CHECK(found.missing[0].slug == "acme");
}

TEST_CASE("what was there in either look is not missing") {
  const Records live{.operations = {create_of_acme(OperationState::succeeded)}, .tenants = {acme()}};

  CHECK(compare_inventory(world({}), live, world(all_of_acme())).missing.empty());
  CHECK(compare_inventory(world(all_of_acme()), live, world({})).missing.empty());
}

TEST_CASE("a place that could not be looked at says nothing about what is missing") {
  const World blind{.things = {}, .places = {"/nginx"}};

  const auto found = compare(blind, {.operations = {create_of_acme(OperationState::succeeded)}, .tenants = {acme()}});

  REQUIRE(found.missing.size() == 2);
  CHECK(found.missing[0].kind == ThingKind::route_file);
}

TEST_CASE("a place that only one of the looks reached says nothing about what is missing") {
  const World blind{.things = {}, .places = {}};
  const Records live{.operations = {create_of_acme(OperationState::succeeded)}, .tenants = {acme()}};

  CHECK(compare_inventory(blind, live, world({})).missing.empty());
  CHECK(compare_inventory(world({}), live, blind).missing.empty());
}

TEST_CASE("orphans come in the order in which they can be removed") {
  const auto found = compare(world({role(k_stranger, "r"), database(k_stranger), route(k_stranger, "h")}), {});

  REQUIRE(found.orphans.size() == 3);
  CHECK(found.orphans[0].thing.kind == ThingKind::route_file);
  CHECK(found.orphans[1].thing.kind == ThingKind::database);
  CHECK(found.orphans[2].thing.kind == ThingKind::role);
}

TEST_CASE("a folder that no database has is left to people") {
  const auto found = compare(world({{.kind = ThingKind::data_folder, .place = "local", .name = "base/99999"}}), {});

  REQUIRE(found.orphans.size() == 1);
  CHECK(remedy_of(found.orphans[0]) == Remedy::by_hand);
}

TEST_CASE("a tenant that shares a database misses its schema, unless that database could not be looked into") {
  auto plan = stored_plan();
  plan.database = {.tenant = k_acme,
                   .database = *DatabaseName::parse("shared"),
                   .owner = *RoleName::parse("demo_acme_owner"),
                   .login = *RoleName::parse("demo_acme"),
                   .schema = *SchemaName::parse("demo_acme")};
  auto create = create_of_acme(OperationState::succeeded);
  create.parameters = to_parameters(plan);
  auto things = all_of_acme();
  things.front() = {.kind = ThingKind::schema, .place = "local", .name = "shared.demo_acme", .tenant = k_acme, .owner = "demo_acme_owner"};
  const Records records{.operations = {create}, .tenants = {acme()}};
  CHECK(compare(world(things), records).clean());

  things.erase(things.begin());
  auto blind = world(things);
  blind.unseen = {"local/shared"};

  const auto missing = compare(world(things), records).missing;
  REQUIRE(missing.size() == 1);
  CHECK(missing.front().kind == ThingKind::schema);
  CHECK(missing.front().name == "shared.demo_acme");
  CHECK(compare(blind, records).clean());
}

namespace {

Thing domain_file(const std::string& host) {
  return {.kind = ThingKind::domain_file, .place = "/nginx", .name = "/nginx/domains/acme/" + host + ".map", .tenant = k_acme};
}
CustomDomain domain(const std::string& host, std::optional<Instant> routed_at = Instant{}) {
  return {.host = *HostName::parse(host), .tenant = k_acme, .token = "tenantctl-1", .routed_at = routed_at};
}

}  // namespace

TEST_CASE("a domain's file is explained by the routed domain, not by its tenant alone") {
  auto things = all_of_acme();
  things.push_back(domain_file("shop.acme-corp.test"));
  things.push_back(domain_file("stray.acme-corp.test"));
  things.push_back(domain_file("reserved.acme-corp.test"));
  Records records{.operations = {create_of_acme(OperationState::succeeded)},
                  .tenants = {acme()},
                  .domains = {domain("shop.acme-corp.test"), domain("reserved.acme-corp.test", {})}};

  const auto found = compare(world(things), records);

  REQUIRE(found.orphans.size() == 2);
  CHECK(found.orphans[0].thing.name == "/nginx/domains/acme/stray.acme-corp.test.map");
  CHECK(found.orphans[0].slug == "acme");
  CHECK(found.orphans[1].thing.name == "/nginx/domains/acme/reserved.acme-corp.test.map");
  CHECK(found.missing.empty());

  auto adding = create_of_acme(OperationState::running);
  adding.kind = "domain_add";
  records.operations.insert(records.operations.begin(), adding);
  CHECK(compare(world(things), records).orphans.empty());
}

TEST_CASE("a routed domain whose file is nowhere is missing, in either mode; one that is only reserved is not") {
  const bool blocks = GENERATE(false, true);
  auto plan = stored_plan();
  plan.nginx_mode = blocks ? NginxMode::server_block : NginxMode::routes;
  if (blocks) plan.route_files = {"/nginx/sites/acme.conf"};
  auto create = create_of_acme(OperationState::succeeded);
  create.parameters = to_parameters(plan);
  auto things = all_of_acme();
  things.push_back({.kind = ThingKind::route_file, .place = "/nginx", .name = "/nginx/sites/acme.conf", .tenant = k_acme});

  const auto found = compare(
      world(things),
      {.operations = {create}, .tenants = {acme()}, .domains = {domain("shop.acme-corp.test"), domain("reserved.acme-corp.test", {})}});

  REQUIRE(found.missing.size() == 1);
  CHECK(found.missing[0].kind == ThingKind::domain_file);
  CHECK(found.missing[0].name == (blocks ? "/nginx/domains/acme/shop.acme-corp.test.conf" : "/nginx/domains/acme/shop.acme-corp.test.map"));
}

TEST_CASE("what a killed check of a backup has left is an orphan of a living tenant, and what one works with is not") {
  auto things = all_of_acme();
  things.push_back(database(k_acme, "tctl_check_0a1b"));
  things.push_back(role(k_acme, "tctl_check_0a1b_owner"));
  things.push_back(database(k_acme, "demo_acme_o0a1b"));  // put aside by a restore
  const Records records{.operations = {create_of_acme(OperationState::succeeded)}, .tenants = {acme()}};

  const auto found = compare(world(things), records);

  REQUIRE(found.orphans.size() == 2);
  CHECK(found.orphans[0].thing.name == "tctl_check_0a1b");
  CHECK(found.orphans[1].thing.name == "tctl_check_0a1b_owner");
  CHECK(remedy_of(found.orphans[0]) == Remedy::fix);
  for (auto& thing : things) thing.busy = is_of_check(thing);
  CHECK(compare(world(things), records).clean());
  CHECK(compare(world(things), {}).orphans.size() == things.size() - 2);
}

TEST_CASE("what a check works with that belongs to an unfinished deletion is that operation's") {
  auto deletion = create_of_acme(OperationState::running);
  deletion.kind = "delete";

  CHECK(compare(world({database(k_acme, "tctl_check_0a1b")}), {.operations = {deletion}, .tenants = {acme()}}).orphans.empty());
}
