// `restore` and `clone`, as operators see them. Real binary, real PostgreSQL, nginx and application.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

#include "support/changed_config.hpp"
#include "support/tenant_login.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

std::string back_up(const std::string& slug) {
  const auto made = LiveSandbox::get().run({"backup", slug, "-o", "json"});
  INFO(made.err);
  REQUIRE(made.status == 0);
  return made.json()["backups"][0]["backup"]["id"].get<std::string>();
}

std::vector<std::string> databases() {
  return LiveSandbox::get().sql("select datname from pg_database where datname like 'demo\\_%' order by 1");
}

}  // namespace

TEST_CASE("a restored tenant has what the backup held, and what it had before is kept until it is told to go") {
  auto& sandbox = LiveSandbox::get();
  fs::remove_all(sandbox.dir() / "backups");
  const auto made = sandbox.create("undoer");
  ask_tenant(made, "create table notes (text text); insert into notes values ('before')");
  REQUIRE(sandbox.run({"config", "set", "undoer", "currency", "EUR"}).status == 0);
  const auto backup = back_up("undoer");
  ask_tenant(made, "update notes set text = 'spoiled'; delete from couriers");
  REQUIRE(sandbox.run({"config", "set", "undoer", "currency", "USD"}).status == 0);

  const auto unasked = sandbox.run({"restore", "undoer", "--from", backup, "-o", "json"});
  const auto restored = sandbox.run({"restore", "undoer", "--from", "newest", "--yes", "-o", "json"});

  CHECK(unasked.error()["code"] == "confirmation_required");
  INFO(restored.err);
  REQUIRE(restored.status == 0);
  CHECK(restored.json()["backup"] == backup);
  CHECK(ask_tenant(made, "select text from notes") == "before");
  CHECK(ask_tenant(made, "alter table notes add column more int; select count(*) from couriers") == "440");
  CHECK(sandbox.is_live("undoer"));
  const auto configuration = sandbox.run({"verify", "undoer", "-o", "json"});
  CHECK(configuration.status == 0);  // among others: the application has the newest configuration, and not the backup's
  REQUIRE(databases().size() == 2);
  const auto kept = restored.json()["kept"].get<std::string>();
  CHECK(sandbox.sql("select text from notes", kept) == std::vector<std::string>{"spoiled"});
  CHECK(sandbox.run({"doctor"}).status == 0);

  const auto dropped = sandbox.run({"restore", "undoer", "--drop-old", "--yes", "-o", "json"});

  CHECK(dropped.json()["dropped"] == nlohmann::json{kept});
  CHECK(databases().size() == 1);
  CHECK(sandbox.run({"restore", "undoer", "--drop-old", "-o", "json"}).json()["dropped"].empty());
  sandbox.remove("undoer");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a suspended tenant stays closed when it is restored, and --drop-old keeps nothing") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("closed");
  back_up("closed");
  REQUIRE(sandbox.run({"suspend", "closed", "--no-backup"}).status == 0);

  const auto restored = sandbox.run({"restore", "closed", "--from", "newest", "--drop-old", "--yes", "-o", "json"});

  INFO(restored.err);
  REQUIRE(restored.status == 0);
  CHECK(restored.json()["kept"].is_null());
  CHECK(databases().size() == 1);
  CHECK(sandbox.sql("select count(*) from pg_roles where rolcanlogin and rolname like 'demo\\_%'").front() == "0");
  REQUIRE(sandbox.run({"activate", "closed"}).status == 0);
  CHECK(sandbox.is_live("closed"));
  sandbox.remove("closed");
}

TEST_CASE("another tenant's backup, a damaged one or none is refused before anything is touched") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("mine");
  sandbox.create("theirs");
  const auto foreign = back_up("theirs");
  const auto damaged = back_up("mine");
  const auto before = sandbox.run({"operations", "list", "-o", "json"}).out;
  fs::resize_file(
      fs::path(sandbox.run({"backups", "list", damaged, "-o", "json"}).json()["backups"][0]["folder"].get<std::string>()) / "database.dump",
      10);

  const auto other = sandbox.run({"restore", "mine", "--from", foreign, "--yes", "-o", "json"});
  const auto broken = sandbox.run({"restore", "mine", "--from", damaged, "--yes", "-o", "json"});
  const auto absent = sandbox.run({"restore", "mine", "--from", "20200101T000000Z-00000000", "--yes", "-o", "json"});
  const auto folder = sandbox.run({"restore", "mine", "--from", "/nowhere", "--yes", "-o", "json"});
  const auto nothing = sandbox.run({"restore", "mine", "-o", "json"});

  CHECK(other.status == 5);
  CHECK_THAT(other.error()["hint"].get<std::string>(), Contains("--as-new"));
  CHECK(broken.status == 7);
  CHECK(broken.error()["code"] == "backup_invalid");
  CHECK(absent.status == 4);
  CHECK(folder.status == 4);
  CHECK(nothing.status == 2);
  CHECK(sandbox.run({"operations", "list", "-o", "json"}).out == before);
  CHECK(sandbox.is_live("mine"));
  sandbox.remove("mine");
  sandbox.remove("theirs");
}

TEST_CASE("a clone has all the data, and roles, password, code and hosts of its own") {
  auto& sandbox = LiveSandbox::get();
  fs::remove_all(sandbox.dir() / "backups");
  const auto made = sandbox.create("origin", {"--company", "Origin \"Ltd\"", "--plan", "starter"});
  ask_tenant(made, "create table notes (text text); insert into notes values ('data')");
  REQUIRE(sandbox.run({"config", "set", "origin", "currency", "EUR"}).status == 0);

  const auto cloned = sandbox.run({"clone", "origin", "origin-two", "--email", "other@acme.test", "-o", "json"});

  INFO(cloned.err);
  REQUIRE(cloned.status == 0);
  const auto copy = cloned.json();
  CHECK(copy["tenant"]["company_name"] == "Origin \"Ltd\"");
  CHECK(copy["tenant"]["plan"] == "starter");
  CHECK(copy["tenant"]["admin_email"] == "other@acme.test");
  CHECK(copy["tenant"]["code"] != made["tenant"]["code"]);
  CHECK(sandbox.is_live("origin-two"));
  CHECK(ask_tenant(copy, "select text from notes") == "data");
  ask_tenant(copy, "update notes set text = 'changed'; alter table notes add column more int");
  CHECK(ask_tenant(made, "select text from notes") == "data");
  CHECK(ask_tenant(copy, "select value from tenantctl.settings where key = 'slug'") == "origin-two");
  // The origin's version is in the copy's table: a first change of the clone's own configuration must not look older.
  REQUIRE(sandbox.run({"config", "set", "origin-two", "currency", "USD"}).status == 0);
  CHECK(ask_tenant(copy, "select value from tenantctl.settings where key = 'currency'") == "USD");
  CHECK(sandbox.run({"backups", "list", "-o", "json"}).json()["backups"].empty());
  sandbox.remove("origin");
  sandbox.remove("origin-two");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a deleted tenant's backup becomes a new tenant, and what can't be cloned says so with status 5") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("past");
  sandbox.create("sharer", {"--stack", "shared"});
  const auto deleted = sandbox.run({"delete", "past", "--yes", "-o", "json"});
  REQUIRE(deleted.status == 0);

  const auto again =
      sandbox.run({"restore", "past", "--from", deleted.json()["backup"].get<std::string>(), "--as-new", "present", "-o", "json"});
  const auto clone = sandbox.run({"clone", "sharer", "sharer-two", "-o", "json"});
  const auto in_place = sandbox.run({"restore", "sharer", "--from", back_up("sharer"), "--yes", "-o", "json"});
  const auto as_new = sandbox.run({"restore", "sharer", "--from", "newest", "--as-new", "sharer-two", "-o", "json"});
  const auto taken = sandbox.run({"clone", "present", "present", "-o", "json"});

  INFO(again.err);
  CHECK(again.status == 0);
  CHECK(sandbox.is_live("present"));
  for (const auto* refused : {&clone, &in_place, &as_new}) {
    CHECK(refused->status == 5);
    CHECK(refused->error()["code"] == "state_conflict");
  }
  CHECK(taken.status == 5);
  sandbox.remove("present");
  sandbox.remove("sharer");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a restore that fails leaves the old data serving and nothing of the new") {
  auto& sandbox = LiveSandbox::get();
  const auto made = sandbox.create("failing");
  const auto database = made["tenant"]["database"].get<std::string>();
  // Only a superuser can make this again.
  sandbox.sql("create extension file_fdw", database);
  back_up("failing");

  const auto restored = sandbox.run({"restore", "failing", "--from", "newest", "--yes", "-o", "json"});

  CHECK(restored.status == 7);
  CHECK(restored.error()["code"] == "backup_invalid");
  CHECK(sandbox.is_live("failing"));
  CHECK(databases() == std::vector<std::string>{database});
  sandbox.remove("failing");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("what an unfinished restore would go back to can't be dropped") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("midway");
  back_up("midway");
  REQUIRE(sandbox.run({"restore", "midway", "--from", "newest", "--yes"}, {"TENANTCTL_FAILPOINT=swap:after_effect"}).status == k_killed);

  const auto dropped = sandbox.run({"restore", "midway", "--drop-old", "--yes", "-o", "json"});

  CHECK(dropped.status == 5);
  CHECK(databases().size() == 2);
  REQUIRE(sandbox.run({"rollback", "midway"}).status == 0);
  CHECK(sandbox.is_live("midway"));
  sandbox.remove("midway");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a restore that could not undo its swap, and dropped what it had restored, is undone at the next try") {
  auto& sandbox = LiveSandbox::get();
  const auto live = sandbox.create("halfway")["tenant"]["database"].get<std::string>();
  back_up("halfway");
  REQUIRE(sandbox.run({"restore", "halfway", "--from", "newest", "--yes"}, {"TENANTCTL_FAILPOINT=swap:before_effect"}).status == k_killed);
  for (const auto& database : databases()) {
    if (database != live) sandbox.sql("drop database " + database);
  }

  const auto undone = sandbox.run({"rollback", "halfway"});

  INFO(undone.out << undone.err);
  CHECK(undone.status == 0);
  CHECK(sandbox.is_live("halfway"));
  CHECK(databases() == std::vector<std::string>{live});
  sandbox.remove("halfway");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a backup that is named by a file in the folder where one stands is that backup") {
  auto& sandbox = LiveSandbox::get();
  const auto made = sandbox.create("standing");
  ask_tenant(made, "create table notes (text text)");
  const auto backup = back_up("standing");
  const auto folder = sandbox.run({"backups", "list", backup, "-o", "json"}).json()["backups"][0]["folder"].get<std::string>();

  const auto again = sandbox.bash("cd '" + folder + "' && $T restore standing --from manifest.json --as-new standing-two -o json");

  INFO(again.err);
  REQUIRE(again.status == 0);
  CHECK(ask_tenant(nlohmann::json::parse(again.out), "select count(*) from notes") == "0");
  sandbox.remove("standing");
  sandbox.remove("standing-two");
}

TEST_CASE("a deletion takes along what a killed check of a backup has left, and a deleted tenant's create can't be rolled back") {
  auto& sandbox = LiveSandbox::get();
  const auto made = sandbox.create("littered");
  const auto marker = sandbox.sql("select shobj_description(oid, 'pg_authid') from pg_roles where rolname like 'demo\\_%\\_owner'").front();
  sandbox.sql("create role tctl_check_0a1b2c3d4e5f_owner");
  sandbox.sql("comment on role tctl_check_0a1b2c3d4e5f_owner is '" + marker + "'");
  sandbox.sql("create database tctl_check_0a1b2c3d4e5f owner tctl_check_0a1b2c3d4e5f_owner");

  const auto deleted = sandbox.run({"delete", "littered", "--yes", "-o", "json"});
  const auto undone = sandbox.run({"rollback", made["operation"].get<std::string>(), "--yes", "-o", "json"});

  INFO(deleted.err);
  CHECK(deleted.status == 0);
  CHECK(undone.status == 5);
  CHECK(sandbox.run({"show", "littered", "-o", "json"}).json()["tenant"]["status"] == "deleted");
  CHECK(sandbox.sql("select rolname from pg_roles where rolname like 'tctl\\_check%'").empty());
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("what restores have put aside goes with its age, of all tenants that nothing unfinished holds, and never unasked") {
  auto& sandbox = LiveSandbox::get();
  std::vector<std::string> kept;
  for (const std::string slug : {"older", "newer", "stuck"}) {
    sandbox.create(slug);
    back_up(slug);
    const auto restored = sandbox.run({"restore", slug, "--from", "newest", "--yes", "-o", "json"});
    INFO(restored.err);
    REQUIRE(restored.status == 0);
    kept.push_back(restored.json()["kept"].get<std::string>());
  }
  sandbox.sql("update operations set finished_at = finished_at - interval '3 days' where kind = 'restore' and slug in ('older', 'stuck')",
              "tenantctl");
  REQUIRE(sandbox.run({"suspend", "stuck", "--no-backup"}, {"TENANTCTL_FAILPOINT=suspend_route:after_effect"}).status == k_killed);
  const auto drop = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"restore", "--drop-old", "--all", "-o", "json"});
    return sandbox.run(more);
  };

  CHECK(drop({"--yes"}).status == 2);
  CHECK(drop({"--keep-days", "4", "--yes"}).json()["databases"].empty());
  CHECK(drop({"--keep-days", "2"}).error()["code"] == "confirmation_required");
  CHECK(sandbox.run({"restore", "older", "--all", "--drop-old", "--keep-days", "0", "--yes"}).status == 2);
  CHECK(sandbox.run({"restore", "--yes"}).status == 2);
  CHECK(databases().size() == 6);
  sandbox.use(changed_config("old.yaml", {{"backups: { dir: backups }", "backups: { dir: backups, keep_old_days: 2 }"}}));
  const auto dropped = drop({"--yes"});
  sandbox.use({});

  CHECK(dropped.status == 5);  // what could not be dropped is told of, and keeps none of the others
  CHECK_THAT(dropped.err, Contains("stuck") && Contains("unfinished"));
  const auto left = databases();
  CHECK(std::ranges::count(left, kept[0]) == 0);
  CHECK(std::ranges::count(left, kept[1]) == 1);
  CHECK(std::ranges::count(left, kept[2]) == 1);
  REQUIRE(sandbox.run({"rollback", "stuck"}).status == 0);
  CHECK(drop({"--keep-days", "0", "--yes"}).json()["databases"].size() == 2);
  for (const std::string slug : {"older", "newer", "stuck"}) sandbox.remove(slug);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a create that is rolled back takes along what restores of the tenant have kept") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("undone");
  back_up("undone");
  REQUIRE(sandbox.run({"restore", "undone", "--from", "newest", "--yes"}).status == 0);
  REQUIRE(databases().size() == 2);

  sandbox.remove("undone");

  CHECK(databases().empty());
  CHECK(sandbox.inventory() == Inventory{});
}
