// Tenants that share a database, as PostgreSQL itself shows them: what they can't reach of each other, what leaks between them
// all the same, and what a failure in the middle leaves.
#include <algorithm>
#include <array>
#include <thread>

#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

constexpr const char* k_password = "canary-91c3b7a0d4";
const std::string k_shared = "schemas_shared";

Session root(const std::string& database = k_shared) { return session(PostgresCluster::shared().url(database)); }

TenantDatabase new_names(const std::string& shared = k_shared) { return contract_names(next_number(), 0, shared); }

TenantDatabase live_tenant(PostgresServer& server, const std::string& shared = k_shared) {
  const auto names = new_names(shared);
  make_tenant(server, names);
  REQUIRE_OK(server.write_settings(names, {{"company", "of " + names.login.str()}}));
  REQUIRE_OK(server.enable_login(names, Secret(k_password)));
  return names;
}

Session as_tenant(const TenantDatabase& names) {
  return session(PostgresCluster::shared().tcp_url(names.database.str(), names.login.str(), k_password));
}

std::string in(const TenantDatabase& names, const std::string& object) { return names.schema->str() + "." + object; }

TemplateSource with_file(const std::string& name, const std::string& text) {
  auto source = contract_template();
  source.schema.push_back({.name = name, .text = text});
  return source;
}

/// What of the tenant's schema is there, seen by somebody else.
std::string tables_of(const TenantDatabase& names) {
  return ask(root(), "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = '" + names.schema->str() + "'");
}

/// The payload that the tenant hears on channel "orders" when something is sent there.
std::string heard_of(const TenantDatabase& who, const std::function<void()>& send) {
  const postgres::ConnectionHandle listener(PQconnectdb(PostgresCluster::shared().tcp_url(who.database.str(), who.login.str(), k_password).reveal().c_str()));
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

/// Runs `meanwhile` once a session of ours sleeps in the file "slow.sql"; returns what the making of the schema ended with.
Result<DatabaseName> interrupted_create(PostgresServer& server, const TenantDatabase& names, const std::function<void()>& meanwhile) {
  Result<DatabaseName> outcome = fail(ErrorCode::internal, "not run");
  std::thread maker([&] { outcome = server.create_database(names, with_file("slow.sql", "select pg_sleep(30)")); });
  const auto watcher = root();
  for (int i = 0; i < 1000 && ask(watcher, "select 1 from pg_stat_activity where query like '%pg_sleep(30)' and state = 'active' and pid <> pg_backend_pid()").empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  meanwhile();
  maker.join();
  return outcome;
}

}  // namespace

TEST_CASE("a tenant reads and writes its own schema without naming it, and owns neither it nor its settings") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = live_tenant(server, "schemas_" + std::string(provisioner.stack == "by-superuser" ? "one" : "two"));
    const auto tenant = as_tenant(names);

    CHECK(ask(tenant, "show search_path") == names.schema->str());
    CHECK(ask(tenant, "select count(*) from couriers") == "2");
    CHECK(ask(tenant, "insert into couriers (name) values ('x') returning id") == "3");
    CHECK(ask(tenant, "select value from tenantctl_settings where key = 'company'") == "of " + names.login.str());
    CHECK(sqlstate(tenant, "create table mine (id serial)").empty());
    for (const std::string denied : {"update tenantctl_settings set value = 'x'", "delete from tenantctl_settings", "drop table tenantctl_settings", "drop table couriers",
                                     "alter table couriers disable row level security"}) {
      INFO(denied);
      CHECK(sqlstate(tenant, denied) == "42501");
    }
    CHECK(sqlstate(tenant, "drop schema " + names.schema->str()) == "42501");
    CHECK(sqlstate(tenant, "set role " + names.owner.str()) == "42501");
  }
}

TEST_CASE("a tenant makes nothing in the shared database outside of its schema") {
  PostgresServer server(superuser().url);
  const auto tenant = as_tenant(live_tenant(server));

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
  const auto one = live_tenant(server);
  const auto other = live_tenant(server);
  ask(root(), "set role " + other.owner.str() + "; create function " + in(other, "secret()") + " returns text language sql as 'select ''other''::text'");
  const auto tenant = as_tenant(one);

  for (const auto& denied : {"select * from " + in(other, "couriers"), "insert into " + in(other, "couriers") + " (name) values ('x')",
                                   "select * from " + in(other, "tenantctl_settings"), "select nextval('" + in(other, "couriers_id_seq") + "')",
                                   "select " + in(other, "secret()"), "create table " + in(other, "x") + " (id int)",
                                   "create view v as select * from " + in(other, "couriers"), "copy " + in(other, "couriers") + " to stdout",
                                   "grant usage on schema " + other.schema->str() + " to public", "do $$ begin lock table " + in(other, "couriers") + "; end $$",
                                   "set role " + other.login.str(), "alter role " + other.login.str() + " password 'x'", "drop schema " + other.schema->str() + " cascade"}) {
    INFO(denied);
    CHECK(sqlstate(tenant, denied) == "42501");
  }
  CHECK(sqlstate(tenant, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tenantctl' and pid <> pg_backend_pid() limit 1") == "42501");
}

TEST_CASE("a search_path that a tenant widens finds nothing of another's") {
  PostgresServer server(superuser().url);
  const auto one = live_tenant(server);
  const auto other = live_tenant(server);
  ask(root(), "set role " + other.owner.str() + "; create table " + in(other, "only_theirs") + " (id int)");
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
  const auto one = live_tenant(server);
  const auto other = live_tenant(server);
  ask(root(), "set role " + other.owner.str() + "; create function " + in(other, "priced()") + " returns int language sql as 'select 4711'");
  const auto tenant = as_tenant(one);
  const auto sibling = as_tenant(other);
  const auto of_other = " join pg_namespace n on n.oid = relnamespace where relname = 'couriers' and nspname = '" + other.schema->str() + "'";

  CHECK(ask(tenant, "select count(*) from pg_class c" + of_other) == "1");
  CHECK(ask(tenant, "select count(*) from pg_attribute a join pg_class c on c.oid = attrelid" + of_other + " and attname = 'name'") == "1");
  CHECK(ask(tenant, "select pg_relation_size(c.oid) > 0 from pg_class c" + of_other) == "t");
  CHECK(ask(tenant, "select prosrc from pg_proc p join pg_namespace n on n.oid = pronamespace where proname = 'priced' and nspname = '" + other.schema->str() + "'") == "select 4711");
  CHECK(ask(tenant, "select count(*) from pg_stat_activity where usename = '" + other.login.str() + "'") == "1");
  ask(sibling, "create view cheap as select name from couriers; select pg_advisory_lock(4711)");
  CHECK_THAT(ask(tenant, "select pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = relnamespace where relname = 'cheap' and nspname = '" +
                             other.schema->str() + "'"), Catch::Contains("name"));
  CHECK(ask(tenant, "select objid from pg_locks where locktype = 'advisory' and granted and objid = 4711") == "4711");
  CHECK(heard_of(one, [&] { ask(sibling, "notify orders, 'from next door'"); }) == "from next door");

  CHECK(ask(tenant, "select query from pg_stat_activity where usename = '" + other.login.str() + "'") == "<insufficient privilege>");
  ask(sibling, "analyze couriers");
  CHECK(ask(tenant, "select count(*) from pg_stats where schemaname = '" + other.schema->str() + "'") == "0");
  CHECK(ask(tenant, "select count(*) from information_schema.tables where table_schema = '" + other.schema->str() + "'") == "0");
}

TEST_CASE("a shared database of the operator's is used as it is, and stays when its tenants go") {
  ask(root("postgres"), "create database operators_own");
  const auto rights = "select coalesce(datacl::text, 'default') from pg_database where datname = 'operators_own'";
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, "operators_own");

  CHECK(ask(root("operators_own"), "select has_database_privilege('public', 'operators_own', 'connect')") == "t");

  REQUIRE_OK(server.disable_login(names));
  REQUIRE_OK(server.drop_database(names));
  REQUIRE_OK(server.drop_roles(names));
  CHECK(ask(root("operators_own"), rights).find(names.login.str()) == std::string::npos);
  CHECK(ask(root("operators_own"), "select count(*) from pg_default_acl") == "0");
}

TEST_CASE("a provisioner that may only CREATE in the operator's database, which PUBLIC may enter, can do its work there") {
  const auto provisioner = ordinary_provisioner();
  ask(root("postgres"), "create database operators_two");
  ask(root("postgres"), "grant create on database operators_two to provisioner");
  PostgresServer server(provisioner.url);
  const auto names = live_tenant(server, "operators_two");

  CHECK(ask(as_tenant(names), "select count(*) from couriers") == "2");
  CHECK(presence(server.observe_access(names)) == Presence::complete);
  REQUIRE_OK(server.drop_database(names));
  REQUIRE_OK(server.drop_roles(names));
}

TEST_CASE("a shared database that is closed to the tenants' logins, and not the provisioner's to open, is said so") {
  const auto provisioner = ordinary_provisioner();
  ask(root("postgres"), "create database operators_three");
  ask(root("postgres"), "revoke all on database operators_three from public; grant create, connect on database operators_three to provisioner");
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
  ask(root("postgres"), "create database wide_open");
  ask(root("wide_open"), "grant create on schema public to public");
  PostgresServer server(superuser().url);
  const auto names = new_names("wide_open");
  REQUIRE_OK(server.create_roles(names, {}));

  const auto refused = server.create_database(names, contract_template());

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK_THAT(refused.error().hint, Catch::Contains("revoke create on schema public from public"));
  CHECK(presence(server.observe_database(names)) == Presence::absent);
}

TEST_CASE("a server that ends the session in the middle of a file leaves nothing of the schema") {
  PostgresServer server(superuser().url);
  make_tenant(server, new_names());
  const auto names = new_names();
  REQUIRE_OK(server.create_roles(names, {}));

  const auto outcome = interrupted_create(server, names, [] {
    ask(root(), "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(30)' and pid <> pg_backend_pid()");
  });

  CHECK_FALSE(outcome);
  CHECK(tables_of(names) == "0");
  CHECK(presence(server.observe_database(names)) == Presence::absent);
  REQUIRE_OK(server.create_database(names, contract_template()));
  CHECK(presence(server.observe_database(names)) == Presence::complete);
}

TEST_CASE("who takes an operation over ends the making of its schema, of which nothing is left") {
  const auto operation = *OperationId::parse("3c1f7a52-9d0e-4a7b-8f52-0c6a4b1d9e11");
  std::int64_t fence = 1;
  const auto claim = [&] {
    return Claim{.ticket = {.id = operation, .fence = fence}, .still_ours = [&fence, mine = fence]() -> Result<void> {
                   if (mine == fence) return {};
                   return fail(ErrorCode::fenced, "taken over");
                 }};
  };
  PostgresServer plain(superuser().url);
  make_tenant(plain, new_names());
  const auto names = new_names();
  REQUIRE_OK(plain.create_roles(names, {}));
  PostgresServer first(superuser().url);
  first.begin(claim());

  const auto outcome = interrupted_create(first, names, [&] {
    fence = 2;
    PostgresServer second(superuser().url);
    second.begin(claim());
    CHECK(presence(second.observe_database(names)) == Presence::absent);
  });

  CHECK_FALSE(outcome);
  CHECK(tables_of(names) == "0");
  CHECK_FALSE(first.create_database(names, contract_template()));  // finds its sessions ended
  CHECK(code_of(first.create_database(names, contract_template())) == ErrorCode::fenced);
}

TEST_CASE("a session inside the shared database that is opened after the fence was raised is refused") {
  std::int64_t fence = 1;
  const Claim claim{.ticket = {.id = *OperationId::parse("5e2b9c14-7a3d-4f60-8b1e-2d9c7f4a6b33"), .fence = 1}, .still_ours = [&fence]() -> Result<void> {
                      if (fence == 1) return {};
                      return fail(ErrorCode::fenced, "taken over");
                    }};
  PostgresServer plain(superuser().url);
  const auto names = new_names();
  make_tenant(plain, names);
  PostgresServer slow(superuser().url);
  slow.begin(claim);
  REQUIRE_OK(slow.observe_roles(names));  // its session on the maintenance database stays open
  fence = 2;

  CHECK(code_of(slow.drop_database(names)) == ErrorCode::fenced);
  CHECK(presence(plain.observe_database(names)) == Presence::complete);
}

TEST_CASE("many tenants of one database come and go at once") {
  std::array<std::string, 12> outcomes;
  std::vector<TenantDatabase> names;
  for (std::size_t i = 0; i < outcomes.size(); ++i) names.push_back(new_names("schemas_crowded"));
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    workers.emplace_back([&, i] {
      PostgresServer server(superuser().url);
      const auto note = [&](const auto& outcome) {
        if (!outcome && outcomes[i].empty()) outcomes[i] = full_message(outcome.error());
      };
      for (int round = 0; round < 3; ++round) {
        note(server.create_roles(names[i], {}));
        note(server.create_database(names[i], contract_template()));
        for (int again = 0; again < 5; ++again) note(server.grant_access(names[i]));
        note(server.drop_database(names[i]));
        note(server.drop_roles(names[i]));
      }
    });
  }
  for (auto& worker : workers) worker.join();

  CHECK(outcomes == std::array<std::string, 12>{});
}

TEST_CASE("a file that ends the transaction is named, and what it committed counts as half made and can be dropped") {
  PostgresServer server(superuser().url);
  for (const std::string text : {"create table half (id int); commit;", "commit; begin;", "rollback; begin;"}) {
    const auto names = new_names();
    REQUIRE_OK(server.create_roles(names, {}));

    const auto outcome = server.create_database(names, with_file("dump.sql", text));

    INFO(text);
    CHECK(code_of(outcome) == ErrorCode::sql_failed);
    CHECK_THAT(full_message(outcome.error()), Catch::Contains("file \"dump.sql\" ends the transaction"));
    CHECK(presence(server.observe_database(names)) == (text.starts_with("rollback") ? Presence::absent : Presence::partial));
    REQUIRE_OK(server.create_database(names, contract_template()));
    CHECK(tables_of(names) != "0");
    REQUIRE_OK(server.drop_database(names));
    CHECK(presence(server.observe_database(names)) == Presence::absent);
  }
}

TEST_CASE("a file that leaves the schema is refused where tenants may not write, and its settings do not outlive it") {
  PostgresServer server(superuser().url);
  const auto names = new_names();
  REQUIRE_OK(server.create_roles(names, {}));

  const auto dump = server.create_database(names, with_file("dump.sql", "create table fine (id int);\ncreate table public.couriers (id int);"));
  CHECK(code_of(dump) == ErrorCode::permission_denied);
  CHECK_THAT(full_message(dump.error()), Catch::Contains("dump.sql"));

  auto source = with_file("settings.sql", "set search_path = public; reset role;");
  source.schema.push_back({.name = "after.sql", .text = "create table after (id int);"});
  REQUIRE_OK(server.create_database(names, source));
  CHECK(ask(root(), "select pg_get_userbyid(relowner) from pg_class where oid = '" + in(names, "after") + "'::regclass") == names.owner.str());
}

TEST_CASE("two that need the same shared database at once both get it, closed to PUBLIC, also after a builder that was killed") {
  const std::string shared = "schemas_raced";
  const auto unfinished = ask(root("postgres"), "select 'tctl_tpl_shared_' || left(encode(sha256('" + shared + "'), 'hex'), 12) || '_b'");
  ask(root("postgres"), "create database " + unfinished);
  PostgresServer watcher(superuser().url);
  const auto left = watcher.inventory();
  REQUIRE_OK(left);
  CHECK(std::any_of(left->things.begin(), left->things.end(), [&](const Thing& thing) { return thing.kind == ThingKind::half_template && thing.name == unfinished; }));

  std::array<std::string, 4> outcomes;
  std::array<TenantDatabase, 4> names{new_names(shared), new_names(shared), new_names(shared), new_names(shared)};
  std::array<std::thread, 4> makers;
  for (std::size_t i = 0; i < makers.size(); ++i) {
    makers[i] = std::thread([&, i] {
      PostgresServer server(superuser().url);
      const auto roles = server.create_roles(names[i], {});
      const auto made = server.create_database(names[i], contract_template());
      outcomes[i] = !roles ? full_message(roles.error()) : !made ? full_message(made.error()) : "";
    });
  }
  for (auto& maker : makers) maker.join();

  CHECK(outcomes == std::array<std::string, 4>{});
  CHECK(ask(root(shared), "select has_database_privilege('public', current_database(), 'connect, temporary')") == "f");
  CHECK(ask(root("postgres"), "select count(*) from pg_database where datname = '" + unfinished + "'") == "0");
}

TEST_CASE("a schema is dropped under the hands of an application that holds its tables, with what it made itself") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = live_tenant(server, "schemas_" + std::string(provisioner.stack == "by-superuser" ? "one" : "two"));
    const auto application = as_tenant(names);
    ask(application, "create table own (id int); create function own_function() returns int language sql as 'select 1'");
    ask(application, "select lo_create(0)");
    ask(application, "begin; lock table couriers in share mode; select 1");

    REQUIRE_OK(server.drop_database(names));
    REQUIRE_OK(server.drop_roles(names));

    CHECK(ended(application));
    const auto look = root(names.database.str());
    CHECK(ask(look, "select count(*) from pg_namespace where nspname = '" + names.schema->str() + "'") == "0");
    CHECK(ask(look, "select count(*) from pg_roles where rolname in ('" + names.login.str() + "', '" + names.owner.str() + "')") == "0");
    CHECK(ask(look, "select count(*) from pg_largeobject_metadata") == "0");
  }
}
