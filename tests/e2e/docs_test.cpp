// The sessions in README.md, docs/guide.md and docs/ci.md, run as they stand. A document that shows what does not happen is a bug.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "support/doc_sessions.hpp"

using namespace tenantctl::test;

namespace {

std::filesystem::path source(const std::string& file) { return std::filesystem::path(TENANTCTL_SOURCE_DIR) / file; }

/// Every command must end with 0; one that is meant to fail says so: "tenantctl …; echo $?".
void check_document(const std::string& file, std::size_t at_least) {
  const auto commands = console_commands(read_text(source(file)));
  REQUIRE(commands.size() >= at_least);
  const DocSession session;

  const auto outcomes = session.run(commands);

  for (std::size_t i = 0; i < commands.size(); ++i) {
    const auto& command = commands[i];
    const auto& outcome = outcomes[i];
    if (outcome.status == 0 && keeps_promise(command.promised, outcome.lines)) continue;
    FAIL_CHECK(fmt::format("{}:{}\n$ {}\nended with {} and said\n{}\nbut the document has\n{}\n", file, command.line, command.text,
                           outcome.status, fmt::join(outcome.lines, "\n"), fmt::join(command.promised, "\n")));
  }
}

}  // namespace

TEST_CASE("what README.md shows is what happens") { check_document("README.md", 5); }

TEST_CASE("what docs/guide.md shows is what happens") { check_document("docs/guide.md", 20); }

TEST_CASE("what docs/ci.md shows is what happens") { check_document("docs/ci.md", 10); }

TEST_CASE("the scripts that README.md names are there to be run") {
  const auto readme = read_text(source("README.md"));
  for (const std::string script : {"scripts/quickstart", "scripts/test"}) {
    INFO(script);
    CHECK(readme.find(script) != std::string::npos);
    CHECK(::access(source(script).c_str(), X_OK) == 0);
  }
}

TEST_CASE("a session that says something else than its document is noticed") {
  const DocSession session;
  const auto commands = console_commands("```console\n$ echo one\ntwo\n$ false\n$ cat <<end\n> a\n> b\n> end\na\nb\n```\n");
  REQUIRE(commands.size() == 3);

  const auto outcomes = session.run(commands);

  CHECK_FALSE(keeps_promise(commands[0].promised, outcomes[0].lines));
  CHECK(outcomes[1].status == 1);
  CHECK(keeps_promise(commands[2].promised, outcomes[2].lines));
}
