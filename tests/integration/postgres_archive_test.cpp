// Archives of tenants' databases, taken and restored by PostgreSQL's own programs, as both kinds of provisioners.
#include <future>
#include <thread>

#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "pipeline/backup.hpp"
#include "support/postgres_provisioner.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

constexpr const char* k_password = "canary-73d2a9";

TenantDatabase live_tenant(PostgresServer& server, const std::string& stack) {
  const auto names = contract_names(next_number());
  make_tenant(server, names, stack);
  REQUIRE_OK(server.write_settings(names, {{"company", "Acme"}}, MadeOf::files));
  REQUIRE_OK(server.enable_login(names, Secret(k_password)));
  return names;
}

Session as_login(const TenantDatabase& names, const std::string& database) {
  return session(PostgresCluster::shared().tcp_url(database, names.login.str(), k_password));
}

Session inside(const std::string& database) { return session(PostgresCluster::shared().url(database)); }

std::string owner_of(const Session& there, const std::string& table) {
  return ask(there, "select pg_get_userbyid(relowner) from pg_class where relname = '" + table + "'");
}

int count(const std::string& what) { return std::stoi(ask(session(PostgresCluster::shared().url()), "select count(*) from " + what)); }

/// A copy of the tenant's database for its own roles, under another name.
TenantDatabase fresh_of(const TenantDatabase& names) {
  auto fresh = names;
  fresh.database = *DatabaseName::parse(names.database.str() + "_r");
  return fresh;
}

/// What is wrong with an archive becomes the same error, and leaves nothing.
void check_refused(PostgresServer& server, const TenantDatabase& names, const TempFolder& folder, const Archive& archive,
                   const std::string& says) {
  const auto scratch = scratch_of(names.tenant, "bad" + std::to_string(next_number()));
  REQUIRE_OK(server.create_roles(scratch, {}));

  const auto refused = server.restore(scratch, folder.path(), archive);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::backup_invalid);
  CHECK_THAT(full_message(refused.error()), Contains(says));
  REQUIRE_OK(drop_scratch(scratch, server));
  CHECK(count("pg_roles where rolname like '" + scratch.database.str() + "%'") == 0);
  CHECK(count("pg_database where datname like '" + scratch.database.str() + "%'") == 0);
}

}  // namespace

TEST_CASE("an archive restores to the same rows and definitions, and what the login had made is its own again") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = live_tenant(server, provisioner.stack);
    ask(as_login(names, names.database.str()),
        "create table notes (id serial primary key, text text); insert into notes (text) select 'n' from generate_series(1, 7); create "
        "function twice(n int) returns int language sql as 'select 2 * n'");
    TempFolder folder;

    const auto archive = server.dump(names, folder.path());

    REQUIRE_OK(archive);
    CHECK(archive->contents.rows.at("public.notes") == 7);
    CHECK(archive->contents.rows.at("public.couriers") == 2);
    const auto fresh = fresh_of(names);
    REQUIRE_OK(server.restore(fresh, folder.path(), *archive));
    REQUIRE_OK(server.grant_access(fresh));
    const auto found = server.contents(fresh);
    REQUIRE_OK(found);
    CHECK(differences(archive->contents, *found) == std::vector<std::string>{});
    const auto there = inside(fresh.database.str());
    CHECK(owner_of(there, "notes") == names.login.str());
    CHECK(owner_of(there, "couriers") == names.owner.str());
    CHECK(ask(there, "select pg_get_userbyid(proowner) from pg_proc where proname = 'twice'") == names.login.str());
    CHECK(ask(as_login(names, fresh.database.str()), "alter table notes add column more int; select twice(count(*)::int) from notes") ==
          "14");
    CHECK(count("pg_roles where rolname like '%\\_guest'") == 0);
  }
}

TEST_CASE("what is written while an archive is taken is not in it, and does not keep the count from being right") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  ask(as_login(names, names.database.str()), "create table busy (n int)");
  std::atomic<bool> stop = false;
  auto writer = std::async(std::launch::async, [&] {
    const auto tenant = as_login(names, names.database.str());
    while (!stop) (void)tenant->script("insert into busy values (1)");
  });
  TempFolder folder;
  const auto watcher = inside(names.database.str());
  for (int i = 0; i < 400 && ask(watcher, "select count(*) from busy") == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));

  const auto archive = server.dump(names, folder.path());

  stop = true;
  writer.get();
  REQUIRE_OK(archive);
  const auto fresh = fresh_of(names);
  REQUIRE_OK(server.restore(fresh, folder.path(), *archive));
  const auto found = server.contents(fresh);
  REQUIRE_OK(found);
  CHECK(differences(archive->contents, *found) == std::vector<std::string>{});
  CHECK(found->rows.at("public.busy") > 0);
}

TEST_CASE("a schema's archive holds that schema alone, and can be restored into a database of its own") {
  PostgresServer server(superuser().url);
  const auto names = contract_names(next_number(), 0, "archive_shared");
  make_tenant(server, names, superuser().stack);
  TempFolder folder;

  const auto archive = server.dump(names, folder.path());

  REQUIRE_OK(archive);
  CHECK(archive->schema == names.schema->str());
  CHECK(archive->contents.rows.at(names.schema->str() + ".couriers") == 2);
  const StoredBackup stored{.backup = {.id = backup_id(Instant{}, std::array<std::uint8_t, 4>{1, 2, 3, 4}),
                                       .tenant = names.tenant,
                                       .code = *TenantCode::parse("A1B2C3D4"),
                                       .slug = *TenantSlug::parse("acme"),
                                       .archive = *archive},
                            .folder = folder.path()};
  REQUIRE_OK(check_restore(stored, scratch_of(names.tenant, "schema"), server, server));
  CHECK(count("pg_database where datname like 'tctl\\_check\\_%'") == 0);
  CHECK(count("pg_roles where rolname like 'tctl\\_check\\_%'") == 0);
}

TEST_CASE("an archive that is cut off, no archive, or from a newer server is refused, and nothing is left of the try") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  TempFolder folder;
  const auto archive = server.dump(names, folder.path());
  REQUIRE_OK(archive);
  const auto text = read_text(folder / "database.dump");

  write_text(folder / "database.dump", text.substr(0, text.size() / 2));
  check_refused(server, names, folder, *archive, "pg_restore");
  write_text(folder / "database.dump", "\\! touch /tmp/owned\n");
  check_refused(server, names, folder, *archive, "valid archive");
  auto newer = *archive;
  newer.server_version_number = 990000;
  check_refused(server, names, folder, newer, "PostgreSQL 99");
}

TEST_CASE("a hostile archive can do nothing beyond the database that it fills") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  // Rows are checked while they are restored, by a function of the archive's own.
  ask(inside(names.database.str()), R"sql(
    create function public.strike(n int) returns boolean language sql as 'select true';
    create table public.bait (n int check (public.strike(n)));
    insert into public.bait values (1);
    create or replace function public.strike(n int) returns boolean language plpgsql as $f$
    begin
      execute 'reset role';
      execute 'create role owned_by_hostile superuser';
      return true;
    end $f$)sql");
  TempFolder folder;
  const auto archive = server.dump(names, folder.path());
  REQUIRE_OK(archive);
  const auto fresh = fresh_of(names);

  const auto refused = server.restore(fresh, folder.path(), *archive);

  REQUIRE_FALSE(refused);
  CHECK_THAT(full_message(refused.error()), Contains("must be superuser"));
  CHECK(count("pg_roles where rolname = 'owned_by_hostile'") == 0);
}

TEST_CASE("a trigger that came with an archive does what it does with the tenant's rights, not with ours") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  ask(inside(names.database.str()), R"sql(
    create function public.pounce() returns trigger language plpgsql as $f$
    begin
      reset role;
      set session authorization default;
      create role owned_by_trigger superuser;
      return new;
    end $f$;
    create trigger pounce before insert or update on tenantctl.settings for each row execute function public.pounce())sql");
  TempFolder folder;
  const auto archive = server.dump(names, folder.path());
  REQUIRE_OK(archive);
  const auto fresh = fresh_of(names);
  // The archive's own rows are restored before its triggers.
  REQUIRE_OK(server.restore(fresh, folder.path(), *archive));
  REQUIRE_OK(server.grant_access(fresh));

  const auto written = server.write_settings(fresh, {{"company", "Other"}}, MadeOf::archive);
  const auto updated = server.update_settings(fresh, {.version = 7, .rows = {{"company", "Other"}}});

  for (const auto& refused : {written, updated}) {
    REQUIRE_FALSE(refused.has_value());
    CHECK_THAT(full_message(refused.error()), Contains("must be superuser"));
  }
  CHECK(count("pg_roles where rolname = 'owned_by_trigger'") == 0);
  CHECK(count("pg_roles where rolname = '" + guest_of(fresh)->str() + "'") == 0);
}

TEST_CASE("a view that takes a table's place while it is counted is not read with our rights") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  const auto tenant = as_login(names, names.database.str());
  ask(tenant, "create table zeta (a int); insert into zeta values (1)");
  ask(tenant, "create function leap() returns boolean language plpgsql as $f$ begin raise exception 'run as %', current_user; end $f$");
  // Held until the look waits for it; then the view stands there.
  ask(tenant, "begin; lock table zeta in access exclusive mode");
  auto counting = std::async(std::launch::async, [&] { return server.contents(names); });
  const auto watcher = session(PostgresCluster::shared().url());
  for (int i = 0; i < 200 && ask(watcher, "select count(*) from pg_locks where not granted") == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ask(tenant, "drop table zeta; create view zeta as select 1 as a where leap(); commit");

  const auto counted = counting.get();

  REQUIRE_FALSE(counted.has_value());
  CHECK_THAT(full_message(counted.error()), Contains("view") && !Contains("run as"));
}

TEST_CASE("a function in an index, which whoever plans a query on its table runs, is not run with our rights") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  const std::string trap = R"sql(
    create function public.pounce() returns int immutable language plpgsql as $f$
    begin
      if session_user = 'tenantctl' then raise exception 'run as %', current_user; end if;
      return 1;
    end $f$)sql";
  const auto tenant = as_login(names, names.database.str());
  ask(tenant, trap);
  ask(tenant,
      "create table zeta (a int, \"b c\" text); insert into zeta values (1, E'two\\nlines\\t'), (null, null); create index on zeta "
      "((public.pounce()))");
  const auto ours = inside(names.database.str());
  CHECK(sqlstate(ours, "select count(*) from zeta") == "P0001");  // so it works
  TempFolder folder;

  const auto archive = server.dump(names, folder.path());
  const auto contents = server.contents(names);
  const auto exported = server.write_out(names, folder.path());

  REQUIRE_OK(archive);
  CHECK(archive->contents.rows.at("public.zeta") == 2);
  REQUIRE_OK(contents);
  CHECK(contents->rows == archive->contents.rows);
  REQUIRE_OK(exported);
  CHECK(test::read_text(folder.path() / "zeta.csv") == "a,b c\n1,\"two\nlines\t\"\n,\n");
}

TEST_CASE("a restored archive that differs from its manifest is told of, table by table") {
  PostgresServer server(superuser().url);
  const auto names = live_tenant(server, superuser().stack);
  TempFolder folder;
  auto archive = server.dump(names, folder.path());
  REQUIRE_OK(archive);
  ++archive->contents.rows.at("public.couriers");
  const StoredBackup stored{.backup = {.id = backup_id(Instant{}, std::array<std::uint8_t, 4>{1, 2, 3, 5}),
                                       .tenant = names.tenant,
                                       .code = *TenantCode::parse("A1B2C3D4"),
                                       .slug = *TenantSlug::parse("acme"),
                                       .archive = *archive},
                            .folder = folder.path()};

  const auto checked = check_restore(stored, scratch_of(names.tenant, "differs"), server, server);

  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::backup_invalid);
  CHECK_THAT(checked.error().message, Contains("\"public.couriers\" has 2 rows and should have 3"));
  CHECK(count("pg_database where datname like 'tctl\\_check\\_differs%'") == 0);
}

TEST_CASE("what a check of a backup works with is busy until its process is gone") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = contract_names(next_number());
    const auto scratch = scratch_of(names.tenant, "busy" + std::to_string(next_number()));
    REQUIRE_OK(server.create_roles(scratch, {}));
    const auto busy = [&] {
      const auto inventory = server.inventory();
      REQUIRE_OK(inventory);
      return std::ranges::count_if(inventory->things, [&](const Thing& thing) { return thing.tenant == names.tenant && thing.busy; });
    };

    CHECK(busy() == 0);
    {
      PostgresServer checker(provisioner.url);
      REQUIRE_OK(checker.hold(scratch.database));
      CHECK(busy() == 2);
    }
    for (int tries = 0; tries < 100 && busy() != 0; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(busy() == 0);
    REQUIRE_OK(drop_scratch(scratch, server));
  }
}
