// Tenants that share a database, as PostgreSQL itself shows them: what they can't reach of each other, what leaks between them
// all the same, and whose database it may be.
#include <chrono>
#include <thread>

#include "support/postgres_schemas.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

/// The payload that the tenant hears on channel "orders" when something is sent there.
std::string heard_of(const TenantDatabase& who, const std::function<void()>& send) {
  const postgres::ConnectionHandle listener(
      PQconnectdb(PostgresCluster::shared().tcp_url(who.database.str(), who.login.str(), k_schema_password).reveal().c_str()));
  const postgres::ResultHandle listening(PQexec(listener.get(), "listen orders"));
  send();
  for (int i = 0; i < 100; ++i) {
    const postgres::ResultHandle answer(PQexec(listener.get(), "select 1"));  // an answer brings along what came before it
    const std::unique_ptr<PGnotify, Releaser<PQfreemem>> heard(PQnotifies(listener.get()));
    if (heard) return heard->extra;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a tenant reads and writes its own schema without naming it, and owns neither it nor its settings") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = tenant_in(server, "schemas_" + std::string(provisioner.stack == "by-superuser" ? "one" : "two"));
    const auto tenant = as_tenant(names);

    CHECK(ask(tenant, "show search_path") == names.schema->str());
    CHECK(ask(tenant, "select count(*) from couriers") == "2");
    CHECK(ask(tenant, "insert into couriers (name) values ('x') returning id") == "3");
    CHECK(ask(tenant, "select value from tenantctl_settings where key = 'company'") == "of " + names.login.str());
    CHECK(sqlstate(tenant, "create table mine (id serial)").empty());
    for (const std::string denied :
         {"update tenantctl_settings set value = 'x'", "delete from tenantctl_settings", "drop table tenantctl_settings",
          "drop table couriers", "alter table couriers disable row level security"}) {
      INFO(denied);
      CHECK(sqlstate(tenant, denied) == "42501");
    }
    CHECK(sqlstate(tenant, "drop schema " + names.schema->str()) == "42501");
    CHECK(sqlstate(tenant, "set role " + names.owner.str()) == "42501");
  }
}

TEST_CASE("a tenant makes nothing in the shared database outside of its schema") {
  PostgresServer server(superuser().url);
  const auto tenant = as_tenant(tenant_in(server));

  CHECK(sqlstate(tenant, "create table public.x (id int)") == "42501");
  CHECK(sqlstate(tenant, "create schema another") == "42501");
  CHECK(sqlstate(tenant, "create temporary table x (id int)") == "42501");
  CHECK(sqlstate(tenant, "create extension citext") == "42501");
  CHECK(sqlstate(tenant, "alter database " + k_shared + " set search_path = public") == "42501");
  (void)sqlstate(tenant, "grant connect on database " + k_shared + " to public");
  CHECK(ask(tenant, "select count(*) from pg_database, aclexplode(datacl) where datname = current_database() and grantee = 0") == "0");
}

TEST_CASE("a tenant reaches nothing of another's in the same database, by any way of naming it") {
  PostgresServer server(superuser().url);
  const auto one = tenant_in(server);
  const auto other = tenant_in(server);
  ask(root_in(), "set role " + other.owner.str() + "; create function " + in(other, "secret()") +
                     " returns text language sql as 'select ''other''::text'");
  const auto tenant = as_tenant(one);

  for (const auto& denied : {"select * from " + in(other, "couriers"), "insert into " + in(other, "couriers") + " (name) values ('x')",
                             "select * from " + in(other, "tenantctl_settings"), "select nextval('" + in(other, "couriers_id_seq") + "')",
                             "select " + in(other, "secret()"), "create table " + in(other, "x") + " (id int)",
                             "create view v as select * from " + in(other, "couriers"), "copy " + in(other, "couriers") + " to stdout",
                             "grant usage on schema " + other.schema->str() + " to public",
                             "do $$ begin lock table " + in(other, "couriers") + "; end $$", "set role " + other.login.str(),
                             "alter role " + other.login.str() + " password 'x'", "drop schema " + other.schema->str() + " cascade"}) {
    INFO(denied);
    CHECK(sqlstate(tenant, denied) == "42501");
  }
  CHECK(
      sqlstate(tenant,
               "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tenantctl' and pid <> pg_backend_pid() limit 1") ==
      "42501");
}

TEST_CASE("a search_path that a tenant widens finds nothing of another's") {
  PostgresServer server(superuser().url);
  const auto one = tenant_in(server);
  const auto other = tenant_in(server);
  ask(root_in(), "set role " + other.owner.str() + "; create table " + in(other, "only_theirs") + " (id int)");
  const auto tenant = as_tenant(one);

  ask(tenant, "set search_path = " + other.schema->str() + ", " + one.schema->str());

  CHECK(ask(tenant, "select value from tenantctl_settings where key = 'company'") == "of " + one.login.str());
  CHECK(sqlstate(tenant, "select * from only_theirs") == "42P01");
  // A role may change its own defaults: it leads astray nobody but itself, and doctor's look at the access tells.
  CHECK(sqlstate(tenant, "alter role current_user in database " + k_shared + " set search_path = " + other.schema->str()).empty());
  CHECK(presence(server.observe_access(one)) == Presence::partial);
  REQUIRE_OK(server.grant_access(one));
  CHECK(ask(as_tenant(one), "show search_path") == one.schema->str());
}

TEST_CASE("known leaks between schemas: names, columns, sizes, function source and notifications, but neither rows nor query texts") {
  PostgresServer server(superuser().url);
  const auto one = tenant_in(server);
  const auto other = tenant_in(server);
  ask(root_in(),
      "set role " + other.owner.str() + "; create function " + in(other, "priced()") + " returns int language sql as 'select 4711'");
  const auto tenant = as_tenant(one);
  const auto sibling = as_tenant(other);
  const auto of_other =
      " join pg_namespace n on n.oid = relnamespace where relname = 'couriers' and nspname = '" + other.schema->str() + "'";

  CHECK(ask(tenant, "select count(*) from pg_class c" + of_other) == "1");
  CHECK(ask(tenant, "select count(*) from pg_attribute a join pg_class c on c.oid = attrelid" + of_other + " and attname = 'name'") == "1");
  CHECK(ask(tenant, "select pg_relation_size(c.oid) > 0 from pg_class c" + of_other) == "t");
  CHECK(ask(tenant, "select prosrc from pg_proc p join pg_namespace n on n.oid = pronamespace where proname = 'priced' and nspname = '" +
                        other.schema->str() + "'") == "select 4711");
  CHECK(ask(tenant, "select count(*) from pg_stat_activity where usename = '" + other.login.str() + "'") == "1");
  ask(sibling, "create view cheap as select name from couriers; select pg_advisory_lock(4711)");
  CHECK_THAT(ask(tenant,
                 "select pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = relnamespace where relname = 'cheap' and "
                 "nspname = '" +
                     other.schema->str() + "'"),
             Catch::Contains("name"));
  CHECK(ask(tenant, "select objid from pg_locks where locktype = 'advisory' and granted and objid = 4711") == "4711");
  CHECK(heard_of(one, [&] { ask(sibling, "notify orders, 'from next door'"); }) == "from next door");

  CHECK(ask(tenant, "select query from pg_stat_activity where usename = '" + other.login.str() + "'") == "<insufficient privilege>");
  ask(sibling, "analyze couriers");
  CHECK(ask(tenant, "select count(*) from pg_stats where schemaname = '" + other.schema->str() + "'") == "0");
  CHECK(ask(tenant, "select count(*) from information_schema.tables where table_schema = '" + other.schema->str() + "'") == "0");
}

TEST_CASE("a shared database of the operator's is used as it is, and stays when its tenants go") {
  ask(root_in("postgres"), "create database operators_own");
  const auto rights = "select coalesce(datacl::text, 'default') from pg_database where datname = 'operators_own'";
  PostgresServer server(superuser().url);
  const auto names = tenant_in(server, "operators_own");

  CHECK(ask(root_in("operators_own"), "select has_database_privilege('public', 'operators_own', 'connect')") == "t");

  REQUIRE_OK(server.disable_login(names));
  REQUIRE_OK(server.drop_database(names));
  REQUIRE_OK(server.drop_roles(names));
  CHECK(ask(root_in("operators_own"), rights).find(names.login.str()) == std::string::npos);
  CHECK(ask(root_in("operators_own"), "select count(*) from pg_default_acl") == "0");
}

TEST_CASE("a provisioner that may only CREATE in the operator's database, which PUBLIC may enter, can do its work there") {
  const auto provisioner = ordinary_provisioner();
  ask(root_in("postgres"), "create database operators_two");
  ask(root_in("postgres"), "grant create on database operators_two to provisioner");
  PostgresServer server(provisioner.url);
  const auto names = tenant_in(server, "operators_two");

  CHECK(ask(as_tenant(names), "select count(*) from couriers") == "2");
  CHECK(presence(server.observe_access(names)) == Presence::complete);
  REQUIRE_OK(server.drop_database(names));
  REQUIRE_OK(server.drop_roles(names));
}

TEST_CASE("a shared database that is closed to the tenants' logins, and not the provisioner's to open, is said so") {
  const auto provisioner = ordinary_provisioner();
  ask(root_in("postgres"), "create database operators_three");
  ask(root_in("postgres"),
      "revoke all on database operators_three from public; grant create, connect on database operators_three to provisioner");
  PostgresServer server(provisioner.url);
  const auto names = new_names("operators_three");
  REQUIRE_OK(server.create_roles(names, {}));
  REQUIRE_OK(server.create_database(names, contract_template()));

  const auto refused = server.grant_access(names);

  CHECK(code_of(refused) == ErrorCode::sql_failed);
  CHECK_THAT(full_message(refused.error()), Catch::Contains("the login may not connect") && Catch::Contains("the server warned"));
  REQUIRE_OK(server.drop_database(names));
  REQUIRE_OK(server.drop_roles(names));
}

TEST_CASE("a shared database in which every role may make objects is refused, with what closes it") {
  ask(root_in("postgres"), "create database wide_open");
  ask(root_in("wide_open"), "grant create on schema public to public");
  PostgresServer server(superuser().url);
  const auto names = new_names("wide_open");
  REQUIRE_OK(server.create_roles(names, {}));

  const auto refused = server.create_database(names, contract_template());

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK_THAT(refused.error().hint, Catch::Contains("revoke create on schema public from public"));
  CHECK(presence(server.observe_database(names)) == Presence::absent);
}
