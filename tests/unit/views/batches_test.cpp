#include <catch2/catch.hpp>

#include "views/batches.hpp"

using namespace tenantctl;
using Catch::Contains;

namespace {

BatchDetails details(const BatchCounts& counts) { return {.batch = {.id = *BatchId::parse("spring")}, .counts = counts, .lines = {}}; }

}  // namespace

TEST_CASE("a batch ends with 0 where every row succeeded, with 1 where one failed or it was stopped, and else with 10") {
  CHECK(batch_report(details({.succeeded = 3})).exit_status == 0);
  CHECK(batch_report(details({.succeeded = 2, .failed = 1})).exit_status == 1);
  CHECK(batch_report(details({.waiting = 2, .failed = 1, .stopped = true})).exit_status == 1);
  CHECK(batch_report(details({.waiting = 2, .succeeded = 1})).exit_status == 10);
  CHECK(batch_report(details({.running = 1, .succeeded = 1, .stopped = true})).exit_status == 10);
}

TEST_CASE("people see all rows of a small batch, and of a large one those that failed") {
  auto large = details({.succeeded = 99, .failed = 1});
  for (int row = 1; row <= 100; ++row)
    large.lines.push_back({.row = row, .slug = "t" + std::to_string(row), .state = row == 7 ? JobState::failed : JobState::succeeded});
  auto small = details({.succeeded = 1});
  small.lines.push_back({.row = 1, .slug = "only", .state = JobState::succeeded});

  const auto text = batch_report(large).text;

  CHECK_THAT(text,
             Contains("t7 ") && !Contains("t8 ") && Contains("99 of 100 succeeded, 1 failed") && Contains("bulk-create --batch spring"));
  CHECK_THAT(batch_report(small).text, Contains("only") && !Contains("--batch"));
  CHECK(batch_report(large).document["rows"].size() == 100);
}

TEST_CASE("as CSV a row's error can't break out of its cell, nor become a formula") {
  auto one = details({.failed = 1});
  one.rows_as = BatchRowsAs::csv;
  one.lines.push_back(
      {.row = 1, .slug = "acme", .state = JobState::failed, .error_code = "bad_value", .error_message = "=cmd(\"x\"), then\nmore"});

  CHECK(batch_report(one).text ==
        "row,slug,state,operation,error_code,error_message,duration_ms\n1,acme,failed,,bad_value,\"'=cmd(\"\"x\"\"), then\nmore\",0\n");
}
