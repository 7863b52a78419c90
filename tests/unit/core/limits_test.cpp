// What a caller is told who wants more; docs/plans.md says it in a table, which is tried here.
#include "core/limits.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "core/plans.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using Catch::Contains;

namespace {

const Resource& k_companies = *find_resource("companies").value();

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line.substr(1));
  for (std::string cell; std::getline(stream, cell, '|');) {
    const auto begin = cell.find_first_not_of(' ');
    cells.push_back(begin == std::string::npos ? "" : cell.substr(begin, cell.find_last_not_of(' ') + 1 - begin));
  }
  return cells;
}

/// The rows below the header that begins so.
std::vector<std::vector<std::string>> table_of(const std::string& text, const std::string& header) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text.substr(std::min(text.find(header), text.size())));
  std::string line;
  std::getline(lines, line), std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("|")) rows.push_back(cells_of(line));
  return rows;
}

}  // namespace

TEST_CASE("what docs/plans.md says that limits answer is what they answer") {
  const auto text = test::read_text(std::string(TENANTCTL_SOURCE_DIR) + "/docs/plans.md");
  const auto rows = table_of(text, "| resource | limit | current | wanted | charged above | soft % | can create | message |");
  REQUIRE(rows.size() >= 10);
  for (const auto& row : rows) {
    INFO(fmt::format("{}", fmt::join(row, " | ")));
    REQUIRE(row.size() == 8);
    const auto answer = answer_to({.resource = *find_resource(row[0]).value(),
                                   .limit = parse_limit(row[1]).value(),
                                   .current = std::stoll(row[2]),
                                   .wanted = std::stoll(row[3]),
                                   .has_price = row[4] == "yes",
                                   .soft_percent = std::stoi(row[5])});
    CHECK((answer.can_create ? "yes" : "no") == row[6]);
    CHECK((answer.message.empty() ? "-" : answer.message) == row[7]);
  }
}

TEST_CASE("every resource that a plan limits is in docs/plans.md") {
  const auto text = test::read_text(std::string(TENANTCTL_SOURCE_DIR) + "/docs/plans.md");
  for (const auto& resource : limited_resources()) CHECK_THAT(text, Contains(fmt::format("`{}`", resource.name)));
}

TEST_CASE("a suspended tenant may have nothing more, whatever its limits") {
  const auto answer = answer_to({.resource = k_companies, .limit = {}, .is_suspended = true});
  CHECK_FALSE(answer.can_create);
  CHECK(answer.message == "Account suspended. Please contact support.");
}

TEST_CASE("a resource is known by its name and as one of it, and near misses are named") {
  CHECK(find_resource("company").value() == &k_companies);
  CHECK(find_resource("storage_bytes").value()->kind == ResourceKind::measured);
  CHECK_FALSE(find_resource("requests"));  // counted, and limited by no plan
  CHECK(find_used_resource("requests").value()->kind == ResourceKind::day);
  const auto near = find_resource("compnay");
  REQUIRE_FALSE(near);
  CHECK(near.error().code == ErrorCode::bad_value);
  CHECK_THAT(near.error().hint, Contains("company"));
}

TEST_CASE("a limit is a whole number or unlimited") {
  CHECK(parse_limit("unlimited").value() == Limit());
  CHECK(parse_limit("0").value() == Limit(0));
  for (const auto* bad : {"", "-1", "1.5", "many", "5 ", "99999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_limit(bad));
  }
}

TEST_CASE("the terms that a tenant keeps are read back as they were written") {
  const auto catalog = *PlanCatalog::parse("plans.yaml", test::read_text(std::string(TENANTCTL_SOURCE_DIR) + "/plans.yaml"));
  for (const auto& plan : catalog.all()) {
    const auto again = plan_from(plan_document(plan));
    REQUIRE(again);
    CHECK(plan_document(*again) == plan_document(plan));
  }
  auto older = plan_document(catalog.all().front());
  older.erase("soft_limit_percent");
  older.erase("backup_first");
  CHECK(plan_from(older).value().soft_limit_percent == 100);
  older.erase("limits");
  CHECK_FALSE(plan_from(older));
}
