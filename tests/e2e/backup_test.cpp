// `backup`, `backups list|verify` and `delete`, as operators see them. Real binary, real PostgreSQL, nginx and application;
// tenants with a database and tenants with a schema.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

fs::path backups_folder() { return LiveSandbox::get().dir() / "backups"; }

void clear_backups() { fs::remove_all(backups_folder()); }

nlohmann::json back_up(const std::string& slug, std::vector<std::string> more = {}) {
  std::vector<std::string> args{"backup", slug, "-o", "json"};
  args.insert(args.end(), more.begin(), more.end());
  const auto made = LiveSandbox::get().run(args);
  INFO(made.err);
  REQUIRE(made.status == 0);
  return made.json()["backups"][0];
}

std::string database_of(const std::string& slug) {
  return LiveSandbox::get().run({"show", slug, "-o", "json"}).json()["tenant"]["database"].get<std::string>();
}

/// What is on the server besides what was there before, however it is called.
std::vector<std::string> everything_of(const std::string& code) {
  return LiveSandbox::get().sql("select 'database ' || datname from pg_database where datname like '%" + code +
                                "%' union all select 'role ' || rolname from pg_roles where rolname like '%" + code +
                                "%' union all select 'check ' || datname from pg_database where datname like 'tctl\\_check%' union all "
                                "select 'role ' || rolname from pg_roles where rolname like 'tctl\\_check%'");
}

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

TEST_CASE("a backup is listed, is proved by restoring it, and a damaged one is told of with status 7") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  const std::string stack = GENERATE("demo", "shared");
  sandbox.create("keeper", {"--stack", stack});

  const auto made = back_up("keeper");

  CHECK(made["backup"]["slug"] == "keeper");
  const auto listed = sandbox.run({"backups", "list", "keeper", "-o", "json"}).json()["backups"];
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["id"] == made["backup"]["id"]);
  const auto verified = sandbox.run({"backups", "verify", "-o", "json"});
  INFO(verified.out << verified.err);
  CHECK(verified.status == 0);
  CHECK(verified.json()["backups"][0]["restored"] == true);
  CHECK(everything_of("nobody").empty());

  fs::resize_file(fs::path(made["backup"]["folder"].get<std::string>()) / "database.dump", 100);
  const auto damaged = sandbox.run({"backups", "verify", "keeper", "-o", "json"});
  CHECK(damaged.status == 7);
  CHECK(damaged.json()["backups"][0]["good"] == false);
  CHECK_THAT(damaged.json()["backups"][0]["error"]["message"].get<std::string>(), Contains("has 100 bytes"));
  CHECK(sandbox.run({"backups", "verify", "nobody", "-o", "json"}).error()["code"] == "backup_not_found");
  sandbox.remove("keeper");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("of a tenant's backups only as many stay as are to be kept, and never none") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  sandbox.create("pruned");
  sandbox.create("other-one");
  back_up("other-one");
  const auto first = back_up("pruned");
  const auto second = back_up("pruned");

  const auto third = back_up("pruned", {"--keep", "2"});

  CHECK(third["removed"] == nlohmann::json{first["backup"]["id"]});
  CHECK(sandbox.run({"backups", "list", "pruned", "-o", "json"}).json()["backups"].size() == 2);
  CHECK(sandbox.run({"backups", "list", "-o", "json"}).json()["backups"].size() == 3);
  sandbox.remove("pruned");
  sandbox.remove("other-one");
}

TEST_CASE("all tenants are backed up several at once, and one that fails does not keep the others from it") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  for (const auto* slug : {"all-one", "all-two", "all-three"}) sandbox.create(slug);
  sandbox.sql("drop database \"" + database_of("all-two") + "\" with (force)");

  const auto made = sandbox.run({"backup", "--all", "--jobs", "3", "-o", "json"});

  CHECK(made.status == 1);
  const auto backups = made.json()["backups"];
  REQUIRE(backups.size() == 3);
  for (const auto& one : backups) {
    INFO(one.dump());
    CHECK(one["backup"].is_null() == (one["slug"] == "all-two"));
    CHECK(one["error"].is_null() == (one["slug"] != "all-two"));
  }
  for (const auto* slug : {"all-one", "all-two", "all-three"}) sandbox.remove(slug);
}

TEST_CASE("a suspension begins with a backup, unless it is told not to") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  sandbox.create("before");

  const auto suspended = sandbox.run({"suspend", "before", "-o", "json"});
  REQUIRE(sandbox.run({"activate", "before"}).status == 0);
  const auto at_once = sandbox.run({"suspend", "before", "--no-backup", "-o", "json"});

  const auto listed = sandbox.run({"backups", "list", "before", "-o", "json"}).json()["backups"];
  REQUIRE(listed.size() == 1);
  CHECK(suspended.json()["backup"] == listed[0]["id"]);
  CHECK(listed[0]["reason"] == "suspend");
  CHECK(at_once.json()["backup"].is_null());
  sandbox.remove("before");
}

TEST_CASE("a suspension whose backup fails touches no door") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  sandbox.create("stuck");
  std::ofstream(backups_folder()) << "in the way";

  const auto suspended = sandbox.run({"suspend", "stuck", "-o", "json"});

  CHECK(suspended.status != 0);
  CHECK(sandbox.is_live("stuck"));
  CHECK(sandbox.run({"suspend", "stuck", "--no-backup"}).status == 0);
  clear_backups();
  sandbox.remove("stuck");
}

TEST_CASE("a deleted tenant leaves nothing but a proved backup, a receipt and its name's quarantine") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  const std::string stack = GENERATE("demo", "shared");
  const std::string slug = "goner-" + stack;
  const auto before = sandbox.inventory();
  const auto made = sandbox.create(slug, {"--stack", stack});
  const auto code = lower(made["tenant"]["code"].get<std::string>());
  REQUIRE(sandbox.run({"key", "create", slug}).status == 0);

  const auto unasked = sandbox.run({"delete", slug, "-o", "json"});
  const auto deleted = sandbox.run({"delete", slug, "--yes", "--reason", "the contract ended", "-o", "json"});

  CHECK(unasked.error()["code"] == "confirmation_required");
  INFO(deleted.out << deleted.err);
  REQUIRE(deleted.status == 0);
  CHECK(deleted.json()["tenant"]["status"] == "deleted");
  CHECK(sandbox.inventory() == before);
  if (stack == "demo") CHECK(everything_of(code).empty());
  CHECK(sandbox.get(slug + ".yourapp.test") == "");
  const auto receipt = nlohmann::json::parse(read_text(deleted.json()["receipt"]["file"].get<std::string>()));
  CHECK(receipt["tenant"]["slug"] == slug);
  CHECK(receipt["reason"] == "the contract ended");
  CHECK(receipt["removed"]["database"] == made["tenant"]["database"]);
  const auto file = receipt["backup"]["files"][0];
  CHECK(fs::file_size(file["path"].get<std::string>()) == file["bytes"].get<std::uintmax_t>());
  CHECK(sandbox.run({"backups", "verify", slug}).status == 0);

  const auto again = sandbox.run({"delete", slug, "--yes", "-o", "json"});
  CHECK(again.status == 0);
  CHECK(again.json()["changed"] == false);
  const auto taken = sandbox.run({"create", slug, "--email", "new@acme.test", "-o", "json"});
  CHECK(taken.status == 5);
  CHECK_THAT(taken.error()["message"].get<std::string>(), Contains("kept from use until"));
  const auto listed = sandbox.run({"list", "-o", "json"}).json()["tenants"];
  CHECK(std::ranges::none_of(listed, [&](const auto& tenant) { return tenant["slug"] == slug; }));
  sandbox.sql("update tenants set quarantined_until = clock_timestamp() - interval '1 s' where slug = '" + slug + "'", "tenantctl");
  sandbox.create(slug, {"--stack", stack});
  CHECK(sandbox.run({"show", slug, "-o", "json"}).json()["tenant"]["status"] == "active");
  sandbox.remove(slug);
  CHECK(sandbox.inventory() == before);
}

TEST_CASE("a deletion without a backup has to be asked for, and a suspended tenant is deleted as it is") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  sandbox.create("hasty");
  REQUIRE(sandbox.run({"suspend", "hasty", "--no-backup"}).status == 0);

  const auto unasked = sandbox.run({"delete", "hasty", "--no-backup", "-o", "json"});
  const auto deleted = sandbox.run({"delete", "hasty", "--no-backup", "--yes", "-o", "json"});

  CHECK(unasked.status == 2);
  INFO(deleted.err);
  CHECK(deleted.status == 0);
  CHECK(deleted.json()["backup"].is_null());
  CHECK(deleted.json()["receipt"]["backup"].is_null());
  const auto undone = sandbox.run({"rollback", deleted.json()["operation"].get<std::string>(), "--yes", "-o", "json"});
  CHECK(undone.status == 5);
  CHECK_THAT(undone.error()["hint"].get<std::string>(), Contains("--as-new") && !Contains("activate"));
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a deletion that has begun to destroy can't be rolled back, only finished") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  sandbox.create("halved");
  REQUIRE(sandbox.run({"delete", "halved", "--yes"}, {"TENANTCTL_FAILPOINT=drop_database:after_effect"}).status == k_killed);

  const auto undone = sandbox.run({"rollback", "halved", "--yes", "-o", "json"});
  const auto suspended = sandbox.run({"suspend", "halved", "-o", "json"});
  const auto finished = sandbox.run({"resume", "halved", "-o", "json"});

  CHECK(undone.status == 5);
  CHECK(undone.error()["code"] == "state_conflict");
  CHECK_THAT(undone.error()["hint"].get<std::string>(), Contains("resume"));
  CHECK(suspended.status == 5);
  INFO(finished.err);
  CHECK(finished.status == 0);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("nothing is destroyed where the backup can't be proved") {
  auto& sandbox = LiveSandbox::get();
  clear_backups();
  const auto made = sandbox.create("unproved");
  // A trusted extension it may not be: only the superuser can make it again.
  sandbox.sql("create extension file_fdw", made["tenant"]["database"].get<std::string>());

  const auto deleted = sandbox.run({"delete", "unproved", "--yes", "-o", "json"});

  CHECK(deleted.status == 7);
  CHECK(deleted.error()["code"] == "backup_invalid");
  CHECK(sandbox.is_live("unproved"));
  CHECK(everything_of("nobody").empty());
  sandbox.remove("unproved");
  CHECK(sandbox.inventory() == Inventory{});
}
