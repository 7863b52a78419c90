// docs/errors.md is what scripts are written by, so it must say what lib/core/error.cpp says.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;

namespace {

std::string right_table() {
  std::string table = "| code | exit status | meaning |\n| --- | --- | --- |\n";
  for (const auto& code : error_codes()) table += fmt::format("| `{}` | {} | {} |\n", code.name, code.exit_status, code.meaning);
  return table;
}

std::string document() { return test::read_text(std::string(TENANTCTL_SOURCE_DIR) + "/docs/errors.md"); }

}  // namespace

TEST_CASE("docs/errors.md has every error code with its status and meaning, and no other") {
  const auto text = document();
  const auto begin = text.find("| code |");
  REQUIRE(begin != std::string::npos);
  const auto end = text.find("\n\n", begin);

  const auto table = text.substr(begin, end == std::string::npos ? end : end + 1 - begin);

  if (table != right_table()) FAIL_CHECK("docs/errors.md does not have this table:\n" << right_table());
}

TEST_CASE("docs/errors.md says of every exit status what it means and what to do") {
  const auto text = document();
  CHECK(text.find("\n| 0 |") != std::string::npos);
  for (const auto& code : error_codes()) {
    INFO(code.name << " ends with " << code.exit_status);
    CHECK(text.find(fmt::format("\n| {} |", code.exit_status)) != std::string::npos);
  }
}
