#include "views/migrations.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using Catch::Contains;

namespace {

MigrationLine line(const std::string& slug, MigrationOutcome outcome, std::optional<ErrorCode> code = {}) {
  MigrationLine one{.slug = slug, .from = "0001", .to = "0002", .outcome = outcome};
  if (code) one.error = make_error(*code, "it did not work").with_hint("mend it");
  return one;
}

MigrationRun run_of(std::vector<MigrationLine> lines) {
  return {.stacks = {{.stack = "shop", .version = "0002", .up_to_date = 3, .lines = std::move(lines)}}};
}

int status(std::vector<MigrationLine> lines) { return migration_report(run_of(std::move(lines))).exit_status; }

}  // namespace

TEST_CASE("a run of migrations ends with 1 where one failed, 6 where others held all that is left, 9 where nothing was reached") {
  using enum MigrationOutcome;
  CHECK(status({}) == 0);
  CHECK(status({line("a", migrated), line("b", up_to_date), line("c", gone)}) == 0);
  CHECK(status({line("a", migrated), line("b", failed, ErrorCode::sql_failed), line("c", locked, ErrorCode::locked)}) == 1);
  CHECK(status({line("a", migrated), line("b", locked, ErrorCode::locked)}) == 6);
  CHECK(status({line("a", failed, ErrorCode::server_unreachable), line("b", behind)}) == 9);
  CHECK(status({line("a", migrated), line("b", failed, ErrorCode::server_unreachable)}) == 1);
}

TEST_CASE("a run that a signal stopped ends with the signal's status, and a dry run with 0") {
  auto stopped = run_of({line("a", MigrationOutcome::migrated), line("b", MigrationOutcome::behind)});
  stopped.stopped_by = make_error(ErrorCode::interrupted, "stopped by SIGINT");
  auto dry = run_of({line("b", MigrationOutcome::behind)});
  dry.dry = true;

  CHECK(migration_report(stopped).exit_status == 130);
  CHECK_THAT(migration_report(stopped).text, Contains("1 migrated, 3 up to date, 1 not begun"));
  CHECK(migration_report(dry).exit_status == 0);
  CHECK_THAT(migration_report(dry).text, Contains("1 would be migrated, 3 up to date"));
}

TEST_CASE("of many tenants people are shown those that need them, and programs are told of each") {
  std::vector<MigrationLine> lines;
  for (int i = 0; i < 60; ++i) lines.push_back(line("fine-" + std::to_string(i), MigrationOutcome::migrated));
  lines.push_back(line("ill", MigrationOutcome::failed, ErrorCode::sql_failed));

  const auto report = migration_report(run_of(lines));

  CHECK_THAT(report.text,
             Contains("ill") && !Contains("fine-7") && Contains("60 migrated, 3 up to date, 1 failed") && Contains("hint: mend it"));
  CHECK(report.document["stacks"][0]["tenants"].size() == 61);
  CHECK(report.document["stacks"][0]["tenants"][60]["error"]["code"] == "sql_failed");
  CHECK(report.document["stacks"][0]["tenants"][0]["error"].is_null());
}

TEST_CASE("the spread says how many tenants have what, and that some are not known") {
  const auto report = migration_status_report({{.stack = "shop", .version = "0002"}},
                                              {{.stack = "shop", .version = "", .tenants = 1, .place = SpreadLine::Place::unknown},
                                               {.stack = "shop", .version = "0002", .tenants = 7, .place = SpreadLine::Place::current}});

  CHECK_THAT(report.text, Contains("?") && Contains("unknown") && Contains("current"));
  CHECK(report.document["stacks"][0]["versions"][0]["version"].is_null());
  CHECK(report.document["stacks"][0]["versions"][1] ==
        nlohmann::json{{"version", "0002"}, {"tenants", 7}, {"failed", 0}, {"state", "current"}});
}
