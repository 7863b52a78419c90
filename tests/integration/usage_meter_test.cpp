// What a real server tells of its tenants' usage: sizes and connections of all at once, and queries that can't change anything.
#include "support/postgres_schemas.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

struct MeteredPlace {
  explicit MeteredPlace(const Provisioner& provisioner, const std::string& shared = {})
      : server(provisioner.url), names(contract_names(next_number(), 0, shared)) {
    make_tenant(server, names, provisioner.stack);
    REQUIRE_OK(server.enable_login(names, Secret(k_schema_password)));
  }
  MeteredTenant place() const {
    return {.database = names.database.str(), .login = names.login.str(), .schema = names.schema ? names.schema->str() : ""};
  }
  MeterReading read() {
    const auto readings = server.read(std::vector{place()});
    if (!readings) FAIL(full_message(readings.error()));
    if (!readings->front()) FAIL(full_message(readings->front().error()));
    return *readings->front();
  }
  std::vector<Result<CountedRows>> ask_all(const std::vector<std::string>& queries) {
    auto answers = server.ask(names, queries);
    if (!answers) FAIL(full_message(answers.error()));
    return std::move(*answers);
  }

  PostgresServer server;
  TenantDatabase names;
};

std::vector<std::pair<Provisioner, std::string>> metered_kinds() {
  return {{superuser(), ""}, {ordinary_provisioner(), ""}, {superuser(), "metered_one"}, {ordinary_provisioner(), "metered_two"}};
}

}  // namespace

TEST_CASE("a tenant is as large as what it has of its own, and has the connections that its login has", "[limits]") {
  for (const auto& [provisioner, shared] : metered_kinds()) {
    INFO(provisioner.stack << " " << shared);
    MeteredPlace tenant(provisioner, shared);
    const auto before = tenant.read();
    const auto first = as_tenant(tenant.names);
    const auto second = as_tenant(tenant.names);
    test::ask(first, "insert into couriers (name) select repeat('x', 1000) from generate_series(1, 2000)");

    const auto after = tenant.read();

    CHECK(before.connections == 0);
    CHECK(before.bytes > 0);
    CHECK(after.connections == 2);
    CHECK(after.bytes >= before.bytes + 2'000'000);
    if (!shared.empty()) CHECK(before.bytes < 1'000'000);
  }
}

TEST_CASE("one that is not there keeps none of the others back", "[limits]") {
  for (const auto& [provisioner, shared] : metered_kinds()) {
    INFO(provisioner.stack << " " << shared);
    MeteredPlace tenant(provisioner, shared);
    auto gone = tenant.place();
    (shared.empty() ? gone.database : gone.schema) = "nobody_s";

    const auto readings = tenant.server.read(std::vector{gone, tenant.place()});

    REQUIRE(readings);
    REQUIRE(readings->size() == 2);
    REQUIRE_FALSE((*readings)[0]);
    CHECK_THAT((*readings)[0].error().message, Contains("\"nobody_s\" is not there"));
    CHECK((*readings)[1]);
  }
}

TEST_CASE("a schema's table that somebody has locked is not waited for", "[limits]") {
  MeteredPlace locked(superuser(), "metered_one");
  MeteredPlace other(superuser(), "metered_one");
  const auto root = root_in("metered_one");
  test::ask(root, ("begin; lock table " + in(locked.names, "couriers") + " in access exclusive mode").c_str());

  const auto readings = other.server.read(std::vector{locked.place(), other.place()});
  test::ask(root, "rollback");

  REQUIRE(readings);
  CHECK((*readings)[0].error().code == ErrorCode::timed_out);
  CHECK((*readings)[1]);
}

TEST_CASE("a query finds the tenant's own tables, changes nothing, and one that fails keeps none of the others back", "[limits]") {
  for (const auto& [provisioner, shared] : metered_kinds()) {
    INFO(provisioner.stack << " " << shared);
    MeteredPlace tenant(provisioner, shared);
    const auto place = tenant.names.schema ? tenant.names.schema->str() : std::string("public");
    test::ask(root_in(tenant.names.database.str()), ("create function " + place +
                                                     ".plant() returns int language plpgsql as $$ begin"
                                                     " set local transaction_read_only = off; delete from couriers; return 1; end $$")
                                                        .c_str());

    const auto answers =
        tenant.ask_all({"select count(*) from couriers;", "select plant() from couriers", "select name, id from couriers order by id",
                        "delete from couriers returning id", "select 1; select 2", "select generate_series(1, 10001)",
                        "select 1 from no_such_table", "select current_setting('TimeZone'), null"});

    REQUIRE(answers.size() == 8);
    CHECK(answers[0].value() == CountedRows{{"2"}});
    CHECK_FALSE(answers[1]);
    CHECK(answers[2].value().front() == std::vector<std::string>{"Acme Parcels", "1"});
    CHECK_FALSE(answers[3]);
    CHECK_FALSE(answers[4]);
    CHECK(answers[5].error().code == ErrorCode::bad_value);
    CHECK(answers[6].error().code == ErrorCode::sql_failed);
    CHECK(answers[7].value() == CountedRows{{"UTC", ""}});
    CHECK(test::ask(as_tenant(tenant.names), "select count(*) from couriers") == "2");
    CHECK(test::ask(root_in("postgres"), "select count(*) from pg_roles where rolname like '%\\_guest' and rolname like '%" +
                                             (tenant.names.schema ? place : tenant.names.database.str()) + "%'") == "0");
  }
}

TEST_CASE("a query that could enter another tenant's place is asked with its own tenant's rights", "[limits]") {
  MeteredPlace mine(ordinary_provisioner(), "metered_two");
  MeteredPlace other(ordinary_provisioner(), "metered_two");

  const auto answers = mine.ask_all({"select count(*) from " + in(other.names, "couriers")});

  REQUIRE_FALSE(answers.front());
  CHECK(answers.front().error().code == ErrorCode::permission_denied);
}
