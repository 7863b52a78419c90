// Backups as folders on a real disk: there whole under their names, or not at all.
#include <catch2/catch.hpp>

#include <sys/file.h>
#include <sys/stat.h>

#include "adapters/backups/backup_folder.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

Backup header(std::uint8_t number, Instant made_at = instant_from_micros(1'790'000'000'000'000)) {
  return {.id = backup_id(made_at, std::array<std::uint8_t, 4>{0, 0, 0, number}),
          .made_at = made_at,
          .tenant = *TenantId::parse("22222222-2222-4333-8444-555555555555"),
          .code = *TenantCode::parse("A1B2C3D4"),
          .slug = *TenantSlug::parse("acme"),
          .company_name = "Acme \"& Sons\"",
          .configuration = {{"currency", "EUR"}},
          .archive = {.server_version = "15.1",
                      .server_version_number = 150001,
                      .contents = {.rows = {{"public.t", 3}}, .definition = "d"},
                      .of_login = {{"table", "public.t"}}}};
}

StoredBackup make(BackupFolder& store, std::uint8_t number, const std::string& content = "data",
                  Instant made_at = instant_from_micros(1'790'000'000'000'000)) {
  const auto backup = header(number, made_at);
  auto draft = store.begin(backup.slug, backup.code, backup.id);
  REQUIRE(draft.has_value());
  write_text((*draft)->folder() / "database.dump", content);
  auto kept = (*draft)->keep(backup);
  REQUIRE(kept.has_value());
  return *kept;
}

std::vector<StoredBackup> list(BackupFolder& store) {
  std::vector<std::string> unreadable;
  const auto found = store.list(unreadable);
  REQUIRE(found.has_value());
  CHECK(unreadable == std::vector<std::string>{});
  return *found;
}

std::string refusal(const Result<void>& result) { return result ? "" : full_message(result.error()); }

}  // namespace

TEST_CASE("a backup is found again as it was kept, newest first, and nobody else can read it") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  const auto first = make(store, 1);
  const auto second = make(store, 2);

  const auto found = list(store);

  REQUIRE(found.size() == 2);
  CHECK(found[0].backup.id == second.backup.id);
  CHECK(to_json(found[1].backup) == to_json(first.backup));
  CHECK(first.backup.files.front().sha256 == "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7");
  CHECK(first.backup.bytes() == 4);
  for (const auto& path : {first.folder.parent_path(), first.folder}) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
  CHECK(store.check(first).has_value());
  CHECK(store.open(first.folder / "database.dump").has_value());
}

TEST_CASE("of backups of the same second the later one is the newer, whatever their ids") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  const auto first = make(store, 2, "data", instant_from_micros(1'790'000'000'000'001));
  const auto second = make(store, 1, "data", instant_from_micros(1'790'000'000'000'002));

  const auto found = list(store);

  REQUIRE(found.size() == 2);
  CHECK(found[0].backup.id == second.backup.id);
  CHECK(found[1].backup.id == first.backup.id);
}

TEST_CASE("a file that was cut off, changed or lost is named") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  const auto backup = make(store, 1);

  write_text(backup.folder / "database.dump", "dat");
  CHECK_THAT(refusal(store.check(backup)), Contains("has 3 bytes and should have 4"));
  write_text(backup.folder / "database.dump", "dada");
  CHECK_THAT(refusal(store.check(backup)), Contains("SHA-256"));
  fs::remove(backup.folder / "database.dump");
  CHECK_THAT(refusal(store.check(backup)), Contains("is missing"));
}

TEST_CASE("a draft that is not kept leaves nothing, and one whose process was killed goes with the next backup") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  const auto dead = header(1);
  { const auto draft = store.begin(dead.slug, dead.code, dead.id); }
  CHECK(list(store).empty());
  CHECK(fs::is_empty(folder / "backups/acme-A1B2C3D4"));
  const auto left = folder / "backups/acme-A1B2C3D4" / (".draft-" + dead.id.str());
  write_text(left / "database.dump", "half");

  const auto seen = store.inventory();
  REQUIRE(seen.has_value());
  REQUIRE(seen->size() == 1);
  CHECK(seen->front().name == left.string());
  CHECK(list(store).empty());
  make(store, 2);

  CHECK_FALSE(fs::exists(left));
  CHECK(list(store).size() == 1);
}

TEST_CASE("a draft that somebody writes is left alone") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  const auto busy = header(1);
  const auto draft = store.begin(busy.slug, busy.code, busy.id);
  REQUIRE(draft.has_value());

  make(store, 2);

  CHECK(fs::exists((*draft)->folder()));
  CHECK(store.inventory()->empty());
  CHECK_FALSE(store.remove_draft((*draft)->folder()).has_value());
}

TEST_CASE("two backups of one id are never mixed: the second is refused") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  make(store, 1, "first");
  const auto backup = header(1);
  auto draft = store.begin(backup.slug, backup.code, backup.id);
  REQUIRE(draft.has_value());
  write_text((*draft)->folder() / "database.dump", "second");

  const auto kept = (*draft)->keep(backup);

  REQUIRE_FALSE(kept.has_value());
  CHECK(kept.error().code == ErrorCode::foreign_object);
  CHECK(read_text(list(store).front().folder / "database.dump") == "first");
}

TEST_CASE("a manifest that can't be read is told of, and hides no other backup") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  make(store, 1);
  const auto bad = make(store, 2);
  const auto newer = make(store, 3);
  const auto leading_out = make(store, 4);
  write_text(bad.folder / "manifest.json", "{");
  auto document = to_json(newer.backup);
  document["format"] = 2;
  write_text(newer.folder / "manifest.json", document.dump());
  document = to_json(leading_out.backup);
  document["files"][0]["name"] = "../../etc/passwd";
  write_text(leading_out.folder / "manifest.json", document.dump());

  std::vector<std::string> unreadable;
  const auto found = store.list(unreadable);

  REQUIRE(found.has_value());
  CHECK(found->size() == 1);
  REQUIRE(unreadable.size() == 3);
  CHECK_THAT(unreadable[1], Contains("a newer tenantctl wrote"));
  CHECK_THAT(unreadable[2], Contains("elsewhere"));
  CHECK(store.open(bad.folder).error().code == ErrorCode::backup_invalid);
  CHECK(store.open(folder.path()).error().code == ErrorCode::backup_not_found);
}

TEST_CASE("a removed backup is gone, and its removal can be repeated") {
  TempFolder folder;
  BackupFolder store(folder / "backups");
  const auto backup = make(store, 1);

  CHECK(store.remove(backup).has_value());
  CHECK(store.remove(backup).has_value());

  CHECK(list(store).empty());
  CHECK(fs::is_empty(backup.folder.parent_path()));
}

TEST_CASE("a draft that was left is removed by its name, also where the folder was configured with a slash behind it") {
  TempFolder folder;
  BackupFolder store((folder / "backups").string() + "/");
  const auto left = folder / "backups/acme-A1B2C3D4/.draft-20261121T084709Z-1a2b3c4d";
  write_text(left / "database.dump", "half");

  REQUIRE(store.inventory()->size() == 1);
  CHECK(store.remove_draft(left).has_value());

  CHECK_FALSE(fs::exists(left));
  CHECK(store.remove_draft(left).has_value());
}
