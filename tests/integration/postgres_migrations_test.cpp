// Migrations of tenants that are there, on a real server: what is applied and noted together, what a tenant can't get by what it has
// planted, and what a killed or sleeping run leaves.
#include <chrono>
#include <future>
#include <thread>

#include "support/postgres_schemas.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

using Files = std::vector<MigrationFile>;

std::vector<Migration> migrations(Files files) {
  auto ordered = order_migrations(std::move(files), "migrations");
  if (!ordered) FAIL(full_message(ordered.error()));
  return std::move(*ordered);
}

const Files k_two{{"0001_phone.sql", "alter table couriers add column phone text;"},
                  {"0002_depots.sql", "create table depots (id serial primary key); insert into depots default values;"}};

/// A tenant as it was made before there were migrations.
struct OldTenant {
  explicit OldTenant(const Provisioner& provisioner, const std::string& shared = {})
      : server(provisioner.url), names(contract_names(next_number(), 0, shared)) {
    make_tenant(server, names, provisioner.stack);
    REQUIRE_OK(server.enable_login(names, Secret(k_schema_password)));
  }
  Session root() const { return root_in(names.database.str()); }
  Session login() const { return as_tenant(names); }
  std::string table() const { return names.schema ? names.schema->str() + ".tenantctl_migrations" : "tenantctl.migrations"; }
  std::string of(const std::string& object) const { return names.schema ? names.schema->str() + "." + object : object; }
  Result<MigrationEnd> migrate(const std::vector<Migration>& files, const MigrationLimits& limits = {}) {
    return server.migrate(names, files, limits);
  }
  std::string guests() const {
    return ask(root(), "select count(*) from pg_roles where rolname like '%\\_guest' and rolname like '%" +
                           (names.schema ? names.schema->str() : names.database.str()) + "%'");
  }

  PostgresServer server;
  TenantDatabase names;
};

std::vector<std::pair<Provisioner, std::string>> kinds() {
  return {{superuser(), ""}, {ordinary_provisioner(), ""}, {superuser(), "migrated_one"}, {ordinary_provisioner(), "migrated_two"}};
}

}  // namespace

TEST_CASE("a tenant gets its migrations once, as its owner's, and its login can use what they made and not write the note") {
  for (const auto& [provisioner, shared] : kinds()) {
    INFO(provisioner.stack << " " << shared);
    OldTenant tenant(provisioner, shared);
    const auto files = migrations(k_two);

    const auto first = tenant.migrate(files);
    const auto second = tenant.migrate(files);

    if (!first) FAIL(full_message(first.error()));
    if (first->error) FAIL(full_message(*first->error));
    CHECK(first->had == 0);
    CHECK(first->has == 2);
    REQUIRE(second);
    CHECK(second->had == 2);
    CHECK_FALSE(second->error);
    const auto login = tenant.login();
    CHECK(ask(login, "select count(*) from depots") == "1");
    CHECK(ask(login, "insert into depots default values returning id") == "2");
    CHECK(ask(login, "select count(*) from couriers where phone is null") == "2");
    CHECK(ask(tenant.root(), "select tableowner from pg_tables where tablename = 'depots' and schemaname = '" +
                                 (tenant.names.schema ? tenant.names.schema->str() : std::string("public")) + "'") ==
          tenant.names.owner.str());
    CHECK(ask(login, "select string_agg(name, ' ' order by number) from " + tenant.table()) == "0001_phone.sql 0002_depots.sql");
    for (const auto& denied : {"delete from " + tenant.table(), "update " + tenant.table() + " set checksum = ''",
                               "insert into " + tenant.table() + " values (3, '', '')", "drop table " + tenant.table(),
                               std::string("alter table depots add column x int")}) {
      INFO(denied);
      CHECK(sqlstate(login, denied) == "42501");
    }
    CHECK(presence(tenant.server.observe_access(tenant.names)) == Presence::complete);
    CHECK(tenant.guests() == "0");
  }
}

TEST_CASE("new tenants come with all migrations, noted as in those that got them later") {
  for (const auto& [provisioner, shared] : kinds()) {
    INFO(provisioner.stack << " " << shared);
    PostgresServer server(provisioner.url);
    const auto names = contract_names(next_number(), 0, shared);
    auto source = contract_template(provisioner.stack);
    const auto without = *server.template_name(source);
    source.migrations = migrations(k_two);
    REQUIRE_OK(server.create_roles(names, {}));
    REQUIRE_OK(server.create_database(names, source));
    REQUIRE_OK(server.grant_access(names));
    REQUIRE_OK(server.enable_login(names, Secret(k_schema_password)));

    const auto again = server.migrate(names, source.migrations, {});

    CHECK(*server.template_name(source) != without);
    REQUIRE(again);
    CHECK(again->had == 2);
    const auto login = as_tenant(names);
    CHECK(ask(login, "select count(*) from depots") == "1");
    const auto table = names.schema ? names.schema->str() + ".tenantctl_migrations" : std::string("tenantctl.migrations");
    CHECK(ask(login, "select count(*) from " + table) == "2");
    CHECK(sqlstate(login, "delete from " + table) == "42501");
    CHECK(sqlstate(login, "drop table depots") == "42501");
  }
}

TEST_CASE("a file that fails leaves nothing of itself, and those before it stay") {
  for (const auto& shared : {std::string(), std::string("migrated_one")}) {
    OldTenant tenant(superuser(), shared);
    auto files = k_two;
    files[1].text = "create table depots (id int);\ninsert into nowhere values (1);";

    const auto failed = tenant.migrate(migrations(files));
    const auto depots = ask(tenant.login(), "select to_regclass('" + tenant.of("depots") + "') is null");
    const auto mended = tenant.migrate(migrations(k_two));

    REQUIRE(failed);
    CHECK(failed->has == 1);
    REQUIRE(failed->error);
    CHECK(failed->error->code == ErrorCode::sql_failed);
    CHECK_THAT(full_message(*failed->error), Contains("0002_depots.sql") && Contains("line 2"));
    CHECK(depots == "t");
    REQUIRE(mended);
    CHECK(mended->had == 1);
    CHECK(mended->has == 2);
    CHECK(tenant.guests() == "0");
  }
}

TEST_CASE("a constraint that is checked at commit fails its file, and is not noted") {
  OldTenant tenant(superuser());
  const auto files = migrations({{"0001_deferred.sql",
                                  "create table a (id int primary key); create table b (a int references a deferrable initially deferred); "
                                  "insert into b values (7);"}});

  const auto failed = tenant.migrate(files);

  REQUIRE(failed);
  REQUIRE(failed->error);
  CHECK_THAT(full_message(*failed->error), Contains("0001_deferred.sql"));
  CHECK(ask(tenant.root(), "select count(*) from tenantctl.migrations") == "0");
  CHECK(ask(tenant.root(), "select to_regclass('b') is null") == "t");
}

TEST_CASE("a file that ends its transaction is refused and not noted") {
  OldTenant tenant(superuser());

  const auto failed = tenant.migrate(migrations({{"0001_commit.sql", "create table a (id int); commit; begin; create table b (id int);"}}));

  REQUIRE(failed);
  REQUIRE(failed->error);
  CHECK_THAT(full_message(*failed->error), Contains("ends the transaction"));
  CHECK(ask(tenant.root(), "select count(*) from tenantctl.migrations") == "0");
}

TEST_CASE("a file for no transaction creates an index concurrently, here and in a template; for a tenant's new schema it is refused") {
  const auto files = migrations(
      {{"0001_index.sql", "-- tenantctl: no-transaction\ncreate index concurrently if not exists couriers_name on couriers (name)"}});
  for (const auto& shared : {std::string(), std::string("migrated_one")}) {
    OldTenant tenant(superuser(), shared);

    const auto done = tenant.migrate(files);

    REQUIRE(done);
    if (done->error) FAIL(full_message(*done->error));
    CHECK(ask(tenant.root(), "select indisvalid from pg_index where indexrelid = '" + tenant.of("couriers_name") + "'::regclass") == "t");
    CHECK(ask(tenant.root(), "select count(*) from " + tenant.table()) == "1");
  }
  PostgresServer server(superuser().url);
  auto source = contract_template("indexed");
  source.migrations = files;
  REQUIRE_OK(server.ensure_template(source));
  const auto names = new_names("migrated_one");
  REQUIRE_OK(server.create_roles(names, {}));
  const auto refused = server.create_database(names, source);
  REQUIRE_FALSE(refused);
  CHECK_THAT(full_message(refused.error()), Contains("0001_index.sql") && Contains("not to run in a transaction"));
}

TEST_CASE("a file that was changed after the tenant got it is refused before anything is done") {
  OldTenant tenant(superuser());
  REQUIRE(tenant.migrate(migrations(k_two)));
  auto files = k_two;
  files[0].text += " -- edited";
  files.push_back({"0003_more.sql", "create table more ()"});

  const auto refused = tenant.migrate(migrations(files));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::state_conflict);
  CHECK_THAT(refused.error().message, Contains("0001_phone.sql"));
  CHECK(ask(tenant.root(), "select to_regclass('more') is null") == "t");
}

TEST_CASE("what a tenant has planted never runs with more than its owner's rights, also where the file resets its role") {
  for (const auto& [provisioner, shared] : kinds()) {
    INFO(provisioner.stack << " " << shared);
    OldTenant tenant(provisioner, shared);
    // A trigger on the tenant's own table, which a file fills without knowing it.
    ask(tenant.login(),
        "create table inbox (who text); create function grab() returns trigger language plpgsql as $$ begin"
        " execute 'reset role'; new.who := session_user || ' ' || current_setting('is_superuser'); return new; end $$;"
        " create trigger grab before insert on inbox for each row execute function grab(); grant insert on inbox to public");

    const auto done = tenant.migrate(migrations({{"0001_fill.sql", "insert into " + tenant.of("inbox") + " values ('x')"}}));

    REQUIRE(done);
    if (done->error) FAIL(full_message(*done->error));
    CHECK_THAT(ask(tenant.login(), "select who from inbox"), Contains("_guest off"));
    const auto escaped = tenant.migrate(migrations(
        {{"0001_fill.sql", "insert into " + tenant.of("inbox") + " values ('x')"}, {"0002_reset.sql", "reset role; create role planted"}}));
    REQUIRE(escaped);
    REQUIRE(escaped->error);
    CHECK_THAT(full_message(*escaped->error), Contains("42501"));
  }
}

TEST_CASE("a function or operator of the tenant's own under the name of another stops the migration before its first file") {
  OldTenant tenant(superuser());
  ask(tenant.login(), "create function lower(varchar) returns text language sql as 'select ''mine''::text'");

  const auto refused = tenant.migrate(migrations(k_two));
  ask(tenant.login(), "drop function lower(varchar)");
  const auto done = tenant.migrate(migrations(k_two));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::state_conflict);
  CHECK_THAT(refused.error().message, Contains("lower(character varying)"));
  REQUIRE(done);
  CHECK(done->has == 2);
}

TEST_CASE("a table of the tenant's own in the place of the note is refused") {
  OldTenant tenant(superuser(), "migrated_one");
  ask(tenant.login(), "create table tenantctl_migrations (number int, name text, checksum text)");

  const auto refused = tenant.migrate(migrations(k_two));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::foreign_object);
}

TEST_CASE("a lock that is not to be had in time fails the file with a hint, and the tenant's own session goes on") {
  OldTenant tenant(superuser());
  const auto busy = tenant.login();
  ask(busy, "begin; insert into couriers (name) values ('x')");

  const auto begun = std::chrono::steady_clock::now();
  const auto failed = tenant.migrate(migrations(k_two), {.lock = std::chrono::milliseconds(200)});
  const auto slow = tenant.migrate(migrations({{"0001_slow.sql", "select pg_sleep(5)"}}), {.statement = std::chrono::milliseconds(200)});

  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
  REQUIRE(failed);
  REQUIRE(failed->error);
  CHECK(failed->error->code == ErrorCode::timed_out);
  CHECK_THAT(failed->error->hint, Contains("--lock-timeout"));
  REQUIRE(slow);
  REQUIRE(slow->error);
  CHECK_THAT(slow->error->hint, Contains("--statement-timeout"));
  CHECK(sqlstate(busy, "commit").empty());
}

TEST_CASE("a lock that is to be had at a later try is had then") {
  OldTenant tenant(superuser());
  const auto busy = tenant.login();
  ask(busy, "begin; insert into couriers (name) values ('x')");
  std::jthread finishes([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    ask(busy, "commit");
  });

  const auto once = tenant.migrate(migrations(k_two), {.lock = std::chrono::milliseconds(200), .lock_tries = 1});
  const auto often = tenant.migrate(migrations(k_two), {.lock = std::chrono::milliseconds(200), .lock_tries = 10});

  REQUIRE(once);
  CHECK(once->error);
  REQUIRE(often);
  CHECK_FALSE(often->error);
  CHECK(often->has == 2);
}

TEST_CASE("whoever comes later ends the session of a run that sleeps, and no file is applied twice") {
  for (const auto& shared : {std::string(), std::string("migrated_one")}) {
    OldTenant tenant(superuser(), shared);
    const auto files = migrations({{"0001_slow.sql", "create table once (id int); select pg_sleep(1.5)"}});
    auto sleeping = std::async(std::launch::async, [&] { return PostgresServer(superuser().url).migrate(tenant.names, files, {}); });
    const auto root = tenant.root();
    for (int i = 0;
         i < 300 &&
         ask(root, "select count(*) from pg_stat_activity where usename like '%\\_guest' and query like '%pg_sleep(1.5)%'") == "0";
         ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));

    const auto late = tenant.migrate(files);
    const auto first = sleeping.get();

    INFO((late ? "" : full_message(late.error())));
    REQUIRE(late);
    if (late->error) FAIL(full_message(*late->error));
    CHECK(late->has == 1);
    CHECK((!first || first->error));
    CHECK(ask(root, "select count(*) from " + tenant.table()) == "1");
    CHECK(tenant.guests() == "0");
  }
}

TEST_CASE("a guest that a killed run left, with what it made, goes with the next run or with the tenant") {
  for (const auto& shared : {std::string(), std::string("migrated_one")}) {
    OldTenant tenant(superuser(), shared);
    const auto guest = (shared.empty() ? tenant.names.database.str() : tenant.names.schema->str()) + "_guest";
    const auto leave_a_guest = [&](const std::string& table) {
      ask(tenant.root(), "create role " + guest + " login in role " + tenant.names.owner.str() + "; comment on role " + guest +
                             " is 'tenantctl tenant=" + tenant.names.tenant.str() + "'");
      ask(tenant.root(), "create table " + tenant.of(table) + " (id int); alter table " + tenant.of(table) + " owner to " + guest);
    };
    leave_a_guest("left_over");

    const auto done = tenant.migrate(migrations(k_two));

    REQUIRE(done);
    CHECK(done->has == 2);
    CHECK(tenant.guests() == "0");
    CHECK(ask(tenant.root(), "select tableowner from pg_tables where tablename = 'left_over'") == tenant.names.owner.str());
    leave_a_guest("left_again");
    REQUIRE_OK(tenant.server.drop_database(tenant.names));
    CHECK(ask(root_in("postgres"), "select count(*) from pg_roles where rolname = '" + guest + "'") == "0");
    REQUIRE_OK(tenant.server.drop_roles(tenant.names));
  }
}

TEST_CASE("a suspended tenant is migrated, and stays closed") {
  for (const auto& shared : {std::string(), std::string("migrated_one")}) {
    OldTenant tenant(superuser(), shared);
    REQUIRE_OK(tenant.server.suspend_login(tenant.names));

    const auto done = tenant.migrate(migrations(k_two));

    REQUIRE(done);
    if (done->error) FAIL(full_message(*done->error));
    CHECK(done->has == 2);
    CHECK(presence(tenant.server.observe_login(tenant.names)) == Presence::absent);
  }
}

TEST_CASE("a database that is not provably the tenant's is not migrated") {
  OldTenant tenant(superuser());
  ask(root_in("postgres"), "comment on role " + tenant.names.owner.str() + " is 'somebody else'");

  const auto refused = tenant.migrate(migrations(k_two));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::foreign_object);
}
