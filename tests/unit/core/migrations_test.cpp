#include "core/migrations.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using Catch::Contains;

namespace {

Result<std::vector<Migration>> ordered(std::vector<MigrationFile> files) { return order_migrations(std::move(files), "sql/migrations"); }

std::vector<Migration> three() {
  const auto migrations =
      ordered({{"0002_b.sql", "create table b ()"}, {"0001_a.sql", "create table a ()"}, {"0003_c.sql", "create table c ()"}});
  REQUIRE(migrations);
  return *migrations;
}

std::vector<AppliedMigration> applied(std::span<const Migration> migrations) {
  std::vector<AppliedMigration> list;
  for (const auto& one : migrations) list.push_back({.number = one.number, .name = one.name, .checksum = one.checksum});
  return list;
}

}  // namespace

TEST_CASE("a migration whose name has another form than NNNN_name.sql is refused with status 3, and named") {
  for (const auto* name : {"1_a.sql", "001_a.sql", "00001_a.sql", "0001a.sql", "0001_.sql", "0000_a.sql", "a_0001.sql", "0001_a b.sql",
                           "0001_a\x1b[2J.sql", "-001_a.sql"}) {
    INFO(name);
    const auto refused = ordered({{name, "select 1"}});
    REQUIRE_FALSE(refused);
    CHECK(info(refused.error().code).exit_status == 3);
    CHECK_THAT(refused.error().message, Contains("NNNN_name.sql") && Contains("sql/migrations"));
    CHECK(refused.error().message.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a number that is missing or there twice, and an empty file, are refused") {
  const auto gap = ordered({{"0001_a.sql", "select 1"}, {"0003_c.sql", "select 1"}});
  const auto late = ordered({{"0002_b.sql", "select 1"}});
  const auto twice = ordered({{"0001_a.sql", "select 1"}, {"0001_b.sql", "select 1"}});
  const auto empty = ordered({{"0001_a.sql", " \n\t\n"}});

  REQUIRE_FALSE(gap);
  CHECK_THAT(gap.error().message, Contains("0002 is missing before file \"0003_c.sql\""));
  REQUIRE_FALSE(late);
  CHECK_THAT(late.error().message, Contains("0001 is missing"));
  REQUIRE_FALSE(twice);
  CHECK_THAT(twice.error().message, Contains("\"0001_a.sql\" and \"0001_b.sql\""));
  REQUIRE_FALSE(empty);
  CHECK_THAT(empty.error().message, Contains("\"0001_a.sql\" is empty"));
}

TEST_CASE("migrations come in the order of their numbers, whatever the folder's") {
  const auto migrations = three();

  REQUIRE(migrations.size() == 3);
  CHECK(migrations[0].name == "0001_a.sql");
  CHECK(migrations[2].number == 3);
  CHECK(version_of(migrations) == "0003");
  CHECK(version_of({}) == "0000");
}

TEST_CASE("only sql files that are not hidden count as migrations") {
  CHECK(is_migration_file("0001_a.sql"));
  CHECK(is_migration_file("odd.sql"));
  for (const auto* name : {"README.md", ".0001_a.sql", ".#0001_a.sql", "0001_a.sql~", "0001_a.sql.orig"})
    CHECK_FALSE(is_migration_file(name));
}

TEST_CASE("a fingerprint stands for all files up to one: any earlier change makes another, a new name does not") {
  const auto migrations = three();
  const auto edited =
      ordered({{"0001_a.sql", "create table other ()"}, {"0002_b.sql", "create table b ()"}, {"0003_c.sql", "create table c ()"}});
  const auto renamed =
      ordered({{"0001_first.sql", "create table a ()"}, {"0002_b.sql", "create table b ()"}, {"0003_c.sql", "create table c ()"}});
  REQUIRE(edited);
  REQUIRE(renamed);

  CHECK(position_of(migrations, fingerprint_of({})) == 0);
  CHECK(position_of(migrations, migrations[0].fingerprint) == 1);
  CHECK(position_of(migrations, fingerprint_of(migrations)) == 3);
  CHECK_FALSE(position_of(*edited, migrations[0].fingerprint).has_value());
  CHECK_FALSE(position_of(*edited, fingerprint_of(migrations)).has_value());
  CHECK_FALSE(position_of(std::span(migrations).first(2), fingerprint_of(migrations)).has_value());
  CHECK_FALSE(position_of(migrations, "").has_value());
  CHECK(fingerprint_of(*renamed) == fingerprint_of(migrations));
}

TEST_CASE("the first line says whether a file runs in a transaction, and no other line does") {
  const auto migrations = ordered({{"0001_a.sql", "-- tenantctl: no-transaction\ncreate index concurrently i on t (a)"},
                                   {"0002_b.sql", "-- tenantctl: no-transaction  \r\nvacuum"},
                                   {"0003_c.sql", "-- why\n-- tenantctl: no-transaction\nselect 1"}});

  REQUIRE(migrations);
  CHECK_FALSE((*migrations)[0].in_transaction);
  CHECK_FALSE((*migrations)[1].in_transaction);
  CHECK((*migrations)[2].in_transaction);
}

TEST_CASE("what a database says it has is the beginning of the folder, or else a conflict that names the file") {
  const auto migrations = three();
  auto changed = applied(std::span(migrations).first(2));
  changed[1].checksum = "other";
  const auto gap = std::vector{AppliedMigration{.number = 2, .name = "0002_b.sql", .checksum = migrations[1].checksum}};

  CHECK(*compare_applied(migrations, {}) == 0);
  CHECK(*compare_applied(migrations, applied(std::span(migrations).first(2))) == 2);
  const auto refused = compare_applied(migrations, changed);
  REQUIRE_FALSE(refused);
  CHECK(info(refused.error().code).exit_status == 5);
  CHECK_THAT(refused.error().message, Contains("\"0002_b.sql\" was changed"));
  const auto newer = compare_applied(std::span(migrations).first(2), applied(migrations));
  REQUIRE_FALSE(newer);
  CHECK_THAT(newer.error().message, Contains("\"0003_c.sql\""));
  CHECK_FALSE(compare_applied(migrations, gap));
}
