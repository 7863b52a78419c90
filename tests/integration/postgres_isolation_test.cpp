// What a tenant's login may and may not do, replayed as that login over TCP with its password.
#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

constexpr const char* k_login_password = "canary-6f1d0c5e2b";

/// SQLSTATE classes are not told for refused connections: whether it came in is what counts.
bool can_connect(const TenantDatabase& who, const std::string& database, const std::string& password = k_login_password) {
  return postgres::Connection::open(PostgresCluster::shared().tcp_url(database, who.login.str(), password), postgres::Peer::server)
      .has_value();
}

TenantDatabase isolated_tenant(PostgresServer& server, const std::string& stack) {
  const auto names = contract_names(next_number());
  make_tenant(server, names, stack);
  REQUIRE_OK(server.write_settings(names, {{"company", "Acme"}}, MadeOf::files));
  REQUIRE_OK(server.enable_login(names, Secret(k_login_password)));
  return names;
}

Session as_login_of(const TenantDatabase& names) {
  return session(PostgresCluster::shared().tcp_url(names.database.str(), names.login.str(), k_login_password));
}

}  // namespace

TEST_CASE("a login cannot log in before it is enabled nor after it is disabled, and its open sessions end") {
  PostgresServer server(superuser().url);
  const auto names = contract_names(next_number());
  make_tenant(server, names, superuser().stack);
  CHECK_FALSE(can_connect(names, names.database.str()));

  REQUIRE_OK(server.enable_login(names, Secret(k_login_password)));
  const auto open = as_login_of(names);
  REQUIRE_OK(server.disable_login(names));

  CHECK_FALSE(can_connect(names, names.database.str()));
  CHECK(ended(open));
}

TEST_CASE("a login works with its own password only") {
  PostgresServer server(superuser().url);
  const auto names = isolated_tenant(server, superuser().stack);

  CHECK(can_connect(names, names.database.str()));
  CHECK_FALSE(can_connect(names, names.database.str(), "another"));
}

TEST_CASE("a login reads and writes its tables, reads its settings, and owns neither") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto tenant = as_login_of(isolated_tenant(server, provisioner.stack));

    CHECK(ask(tenant, "select count(*) from couriers") == "2");
    CHECK(ask(tenant, "insert into couriers (name) values ('x') returning id") == "3");
    CHECK(sqlstate(tenant, "create table mine (id int)").empty());
    CHECK(ask(tenant, "select value from tenantctl.settings where key = 'company'") == "Acme");
    CHECK(sqlstate(tenant, "update tenantctl.settings set value = 'x'") == "42501");
    CHECK(sqlstate(tenant, "create table tenantctl.x (id int)") == "42501");
    CHECK(sqlstate(tenant, "drop table couriers") == "42501");
    CHECK(sqlstate(tenant, "alter table couriers disable row level security") == "42501");
    CHECK(sqlstate(tenant, "create extension citext") == "42501");
    CHECK(sqlstate(tenant, "create schema another") == "42501");
  }
}

TEST_CASE("what the owner makes later is the login's to use") {
  PostgresServer server(superuser().url);
  const auto names = isolated_tenant(server, superuser().stack);
  const auto root = session(PostgresCluster::shared().url(names.database.str()));

  ask(root, "set role " + names.owner.str() + "; create table later (id serial); reset role");

  CHECK(sqlstate(as_login_of(names), "insert into later default values; select * from later").empty());
}

TEST_CASE("a login cannot open, rename or drop its own database, nor become its owner") {
  PostgresServer server(superuser().url);
  const auto names = isolated_tenant(server, superuser().stack);
  const auto tenant = as_login_of(names);
  const auto database = names.database.str();

  CHECK(sqlstate(tenant, "set role " + names.owner.str()) == "42501");
  CHECK(sqlstate(tenant, "alter database " + database + " connection limit 5") == "42501");
  CHECK(sqlstate(tenant, "alter role current_user connection limit 100") == "42501");
  (void)sqlstate(tenant, "grant connect on database " + database + " to public");
  CHECK(presence(server.observe_access(names)) == Presence::complete);
}

TEST_CASE("another tenant's login is refused, and PUBLIC holds nothing") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto one = isolated_tenant(server, provisioner.stack);
    const auto other = isolated_tenant(server, provisioner.stack);

    CHECK(can_connect(one, one.database.str()));
    CHECK_FALSE(can_connect(other, one.database.str()));
    const auto root = session(PostgresCluster::shared().url(one.database.str()));
    CHECK(ask(root,
              "select count(*) from pg_database d, aclexplode(coalesce(datacl, acldefault('d', datdba))) a"
              " where a.grantee = 0 and datname = '" +
                  one.database.str() + "'") == "0");
    CHECK(ask(root,
              "select count(*) from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
              " and has_schema_privilege('public', oid, 'usage, create')") == "0");
    CHECK(ask(root, "select count(*) from pg_class c join pg_roles r on r.oid = relowner where rolname = 'tenantctl_template'") == "0");
  }
}

TEST_CASE("rights that somebody adds later make the access partial, and granting again takes them away") {
  PostgresServer server(superuser().url);
  const auto names = isolated_tenant(server, superuser().stack);
  const auto root = session(PostgresCluster::shared().url());
  ask(root, "grant connect on database " + names.database.str() + " to public");
  CHECK(presence(server.observe_access(names)) == Presence::partial);

  REQUIRE_OK(server.grant_access(names));

  CHECK(presence(server.observe_access(names)) == Presence::complete);
}

TEST_CASE("limits of a plan reach the login, and are changed by making the roles again") {
  PostgresServer server(superuser().url);
  const auto names = contract_names(next_number());
  const auto root = session(PostgresCluster::shared().url());
  const auto limits = "select rolconnlimit || ' ' || coalesce(array_to_string(rolconfig, ','), '') from pg_roles where rolname = '" +
                      names.login.str() + "'";

  REQUIRE_OK(server.create_roles(names, {.connections = 7, .statement_timeout_ms = 1500}));
  CHECK(ask(root, limits) == "7 statement_timeout=1500");
  REQUIRE_OK(server.create_roles(names, {.connections = 3}));

  CHECK(ask(root, limits) == "3 ");
}

TEST_CASE("a password reaches neither the server's log nor its catalog, even when everything is logged and fails") {
  PostgresCluster cluster({.settings = {"log_statement=all", "log_min_duration_statement=0", "log_error_verbosity=verbose"}});
  PostgresServer server(cluster.url());
  const auto names = contract_names(next_number());
  REQUIRE_OK(server.create_roles(names, {}));

  REQUIRE_OK(server.enable_login(names, Secret(k_login_password)));
  auto absent = names;
  absent.login = *RoleName::parse("t_nobody");
  const auto failed = server.enable_login(absent, Secret(k_login_password));

  REQUIRE_FALSE(failed.has_value());
  CHECK(full_message(failed.error()).find(k_login_password) == std::string::npos);
  CHECK(full_message(failed.error()).find("SCRAM") == std::string::npos);
  const auto root = session(cluster.url());
  CHECK(ask(root, "select left(rolpassword, 14) from pg_authid where rolname = '" + names.login.str() + "'") == "SCRAM-SHA-256$");
  CHECK(cluster.log().find("SCRAM-SHA-256$") != std::string::npos);  // the log is the right one
  CHECK(cluster.log().find(k_login_password) == std::string::npos);
}
