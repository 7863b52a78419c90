#include "views/report.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "views/operations.hpp"

using namespace tenantctl;

TEST_CASE("an error for programs is one line of JSON with every field") {
  auto error = make_error(ErrorCode::tenant_exists, "tenant \"acme\" exists already")
                   .with_hint("run \"tenantctl show acme\"")
                   .with_operation("op-1");

  const auto line = render(error, OutputFormat::json);

  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  const auto document = nlohmann::json::parse(line);
  CHECK(document["format"] == 1);
  CHECK(document["error"]["code"] == "tenant_exists");
  CHECK(document["error"]["hint"] == "run \"tenantctl show acme\"");
  CHECK(document["error"]["retryable"] == false);
  CHECK(document["error"]["operation"] == "op-1");
}

TEST_CASE("an error for people shows its context and its hint, and steers no terminal") {
  auto error = make_error(ErrorCode::disk_full, "no space\x1b[2J left").with_context("step \"route\"").with_hint("free some space");

  CHECK(render(error, OutputFormat::table) == "error: step \"route\": no space?[2J left\nhint: free some space\n");
}

TEST_CASE("a report for programs begins with its format") {
  const Report report{.text = "x\n", .document = {{"a", 1}}};
  CHECK_THAT(render(report, OutputFormat::json), Catch::StartsWith("{\n  \"format\": 1,\n"));
}

TEST_CASE("bytes that are no UTF-8 do not break a report") {
  const Report report{.document = {{"a", "\xff"}}};
  CHECK(nlohmann::json::parse(render(report, OutputFormat::json)).contains("a"));
}

TEST_CASE("every error code has a name of its own and a status of the contract") {
  const std::set<int> statuses{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 70, 129, 130, 143};
  std::set<std::string_view> names;
  for (const auto& code : error_codes()) {
    CHECK(names.insert(code.name).second);
    CHECK(statuses.contains(code.exit_status));
  }
}

TEST_CASE("a list that is written entry by entry is written as it would be whole") {
  const auto entry = [](std::size_t i) {
    return nlohmann::json{{"n", i}, {"text", "a\nb \"c\" \xff"}, {"inner", {{"list", {1, 2}}}}, {"none", nullptr}};
  };
  for (const std::size_t size : {0, 1, 3}) {
    Report whole{.document = {{"a", 1}, {"entries", nlohmann::json::array()}, {"z", "entries"}}};
    auto late = whole;
    for (std::size_t i = 0; i < size; ++i) whole.document["entries"].push_back(entry(i));
    late.list = LongList{.key = "entries", .size = size, .at = entry, .text = [] { return std::string("text\n"); }};

    CHECK(render(late, OutputFormat::json) == render(whole, OutputFormat::json));
    CHECK(render(late, OutputFormat::table) == "text\n");
  }
}
