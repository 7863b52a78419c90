#include <catch2/catch.hpp>

#include "core/instant.hpp"
#include "core/text_table.hpp"
#include "core/utf8.hpp"

using namespace tenantctl;

TEST_CASE("malformed UTF-8 is told apart from text") {
  CHECK(is_utf8("Söhne 株式会社 🚚"));
  for (const std::string_view bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("nothing that steers a terminal stays in printable text") {
  CHECK(printable("a\x1b[2Jb\r\n\x7f") == "a?[2Jb???");
  CHECK(printable("\xc2\x9b"
                  "31m") == "?31m");
  CHECK(printable("\xff"
                  "ok") == "?ok");
  CHECK(printable("Söhne") == "Söhne");
}

TEST_CASE("a table's columns are as wide as their longest cell in characters, not bytes") {
  TextTable table({"NAME", "PLAN"});
  table.add({"Söhne", "trial"});
  table.add({"x", ""});

  CHECK(table.str() == "NAME   PLAN\nSöhne  trial\nx\n");
}

TEST_CASE("fields are aligned and an empty one shows a dash") { CHECK(text_fields({{"a", "1"}, {"long", ""}}) == "a     1\nlong  -\n"); }

TEST_CASE("instants are written in RFC 3339, in UTC, without fractions") {
  CHECK(to_rfc3339(instant_from_micros(0)) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(instant_from_micros(1795250829'999999)) == "2026-11-21T08:47:09Z");
}
