#include "support/doc_sessions.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl::test;

TEST_CASE("only console blocks are commands, and what follows a command is its output") {
  const auto commands = console_commands("text\n```sh\n$ not this\n```\n```console\n$ a\n> b\nx\n$ c\n```\n$ nor this\n");

  REQUIRE(commands.size() == 2);
  CHECK(commands[0].line == 6);
  CHECK(commands[0].text == "a\nb");
  CHECK(commands[0].promised == std::vector<std::string>{"x"});
  CHECK(commands[1].text == "c");
  CHECK(commands[1].promised.empty());
}

TEST_CASE("output that no command can have said is refused") { CHECK_THROWS(console_commands("```console\nhello\n$ a\n```\n")); }

TEST_CASE("what differs from run to run keeps a promise") {
  CHECK(keeps_promise({"code  ABCDEFGH", "demo_abcdefgh", "✓ roles   13 ms"}, {"code Z2345678", "demo_z2345678", "✓ roles 1042 ms"}));
  CHECK(keeps_promise({"operation  266e2061-dd2b-47c5-97b3-56fe9838d2de since 2026-01-01T00:00:00Z"},
                      {"operation  00000000-dd2b-47c5-97b3-56fe9838d2de since 2027-12-31T23:59:59Z"}));
  CHECK(keeps_promise({"http://127.0.0.1:8080 pid 12"}, {"http://127.0.0.1:33355 pid 4711"}));
}

TEST_CASE("an ellipsis stands for anything in a line, and alone for any number of lines") {
  CHECK(keeps_promise({"a…c", "…", "z"}, {"abbc", "1", "2", "z"}));
  CHECK(keeps_promise({"…"}, {}));
  CHECK_FALSE(keeps_promise({"a…c"}, {"abb"}));
  CHECK_FALSE(keeps_promise({"…", "z"}, {"1", "2"}));
}

TEST_CASE("a word too few, too many or another breaks a promise") {
  CHECK_FALSE(keeps_promise({"active"}, {"failed"}));
  CHECK_FALSE(keeps_promise({"active"}, {}));
  CHECK_FALSE(keeps_promise({}, {"active"}));
  CHECK_FALSE(keeps_promise({"13 ms"}, {"13 s"}));
}
