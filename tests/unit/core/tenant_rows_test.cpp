#include <catch2/catch.hpp>

#include "core/tenant_rows.hpp"

using namespace tenantctl;
using Catch::Contains;

namespace {

std::string said(const TenantRows& rows) {
  std::string text;
  for (const auto& error : rows.errors) text += std::to_string(error.line) + ": " + error.message + "\n";
  return text;
}

}  // namespace

TEST_CASE("the same tenants are read out of CSV, JSON and YAML, each with its line") {
  const std::string csv =
      "\xEF\xBB\xBFslug,email,company,set.currency,ttl\r\nacme,a@acme.test,\"Acme, "
      "\"\"Ltd\"\"\nLondon\",EUR,\r\n\r\nbeta,b@beta.test,,,2h\r\n";
  const std::string json =
      "[\n {\"slug\": \"acme\", \"email\": \"a@acme.test\", \"company\": \"Acme, \\\"Ltd\\\"\\nLondon\", \"set\": {\"currency\": "
      "\"EUR\"}},\n\n\n {\"slug\": \"beta\", \"email\": \"b@beta.test\", \"ttl\": \"2h\"}]";
  const std::string yaml =
      "- slug: acme\n  email: a@acme.test\n  company: \"Acme, \\\"Ltd\\\"\\nLondon\"\n  set: { currency: EUR }\n- slug: beta\n  email: "
      "b@beta.test\n  ttl: 2h\n";
  const auto [format, text, first, second] = GENERATE_COPY(
      table<RowFormat, std::string, int, int>({{RowFormat::csv, csv, 2, 5}, {RowFormat::json, json, 2, 5}, {RowFormat::yaml, yaml, 1, 5}}));

  const auto read = read_tenant_rows(format, text);

  INFO(said(read));
  REQUIRE(read.errors.empty());
  REQUIRE(read.rows.size() == 2);
  CHECK(read.rows[0].slug == "acme");
  CHECK(read.rows[0].email == "a@acme.test");
  CHECK(read.rows[0].company == "Acme, \"Ltd\"\nLondon");
  CHECK(read.rows[0].set == std::map<std::string, std::string>{{"currency", "EUR"}});
  CHECK(read.rows[0].line == first);
  CHECK(read.rows[1].slug == "beta");
  CHECK(read.rows[1].ttl == "2h");
  CHECK(read.rows[1].set.empty());
  CHECK(read.rows[1].line == second);
}

TEST_CASE("numbers and truth values of JSON and YAML become the texts that an operator would type") {
  const auto json =
      read_tenant_rows(RowFormat::json, R"([{"slug": "acme", "set": {"seats": 5, "dark": true, "none": "x"}, "owner": null}])");
  const auto yaml = read_tenant_rows(RowFormat::yaml, "- slug: acme\n  owner:\n  set: {seats: 5, dark: true, none: x}\n");

  const std::map<std::string, std::string> wanted{{"seats", "5"}, {"dark", "true"}, {"none", "x"}};
  REQUIRE(json.rows.size() == 1);
  REQUIRE(yaml.rows.size() == 1);
  CHECK(json.rows[0].set == wanted);
  CHECK(yaml.rows[0].set == wanted);
  CHECK(json.rows[0].owner.empty());
}

TEST_CASE("every wrong row is told of with its line, and not only the first") {
  const auto csv = read_tenant_rows(RowFormat::csv, "slug,email\nacme,a@acme.test,oops\nbeta,b@beta.test\ngamma,c@c.test,1,2\n");
  CHECK(said(csv) == "2: the row has 3 fields, and the first line names 2\n4: the row has 4 fields, and the first line names 2\n");

  const auto yaml = read_tenant_rows(RowFormat::yaml, "- slug: acme\n  emial: a@acme.test\n- 5\n- slug: [a]\n");
  CHECK(said(yaml) ==
        "1: there is no field \"emial\"; did you mean \"email\"?\n3: it is no mapping\n4: \"slug\" is no text, number or truth value\n");

  const auto json = read_tenant_rows(RowFormat::json, "[\n{\"slug\": [1]},\n{\"set\": {\"a\": {}}}, 7]");
  CHECK(said(json) ==
        "2: \"slug\" is no text, number or truth value\n3: \"set.a\" is no text, number or truth value\n3: it is no mapping\n");
}

TEST_CASE("a CSV's wrong column is told of once, by its first line") {
  CHECK(said(read_tenant_rows(RowFormat::csv, "slug,mail\na,b\nc,d\n")) == "1: there is no field \"mail\"; did you mean \"email\"?\n");
  CHECK(said(read_tenant_rows(RowFormat::csv, "slug,slug\na,b\n")) == "1: the field \"slug\" is there twice\n");
}

TEST_CASE("a field that is there twice is refused with its line, and no last one wins") {
  CHECK(said(read_tenant_rows(RowFormat::json, "[\n{\"slug\": \"acme\",\n \"slug\": \"beta\"}]")) ==
        "3: the field \"slug\" is there twice\n");
  CHECK(said(read_tenant_rows(RowFormat::json, "[{\"slug\": \"acme\", \"set\": {\"a\": 1, \"a\": 2}}, {\"slug\": \"beta\"}]")) ==
        "1: the field \"a\" is there twice\n");
  CHECK(said(read_tenant_rows(RowFormat::json, "[{\"slug\": \"acme\", \"set\": {\"slug\": 1}}, {\"slug\": \"beta\"}]")).empty());
}

TEST_CASE("what is no such file at all is refused with the line where it ends to be one") {
  CHECK_THAT(said(read_tenant_rows(RowFormat::csv, "slug,email\nacme,\"a\"b\"@x\n")), Contains("2: a quote is out of place"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::csv, "slug,email\nacme,\"a@x\n\n")), Contains("2: a quote is out of place"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::json, "[\n{\"slug\": \"a\"\n")), Contains("it is no JSON from here on"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::json, "{}")), Contains("1: it is no list of tenants"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::yaml, "a: [\n")), Contains("it is no YAML"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::yaml, "- slug: acme\n  slug: beta\n")), Contains("twice"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::csv, "slug,email\n")), Contains("the file has no rows"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::csv, "")), Contains("the file has no rows"));
  CHECK_THAT(said(read_tenant_rows(RowFormat::csv, "slug\n\xff\xfe\n")), Contains("not UTF-8"));
}

TEST_CASE("a row survives its way through the control database") {
  const TenantRow row{.line = 3,
                      .slug = "acme",
                      .username = "",
                      .email = "a@acme.test",
                      .company = "Acme",
                      .owner = "ada",
                      .plan = "trial",
                      .stack = "shop",
                      .set = {{"a", "b"}}};

  const auto back = tenant_row_from(to_json(row)).value();

  CHECK(back.slug == row.slug);
  CHECK(back.email == row.email);
  CHECK(back.company == row.company);
  CHECK(back.owner == row.owner);
  CHECK(back.plan == row.plan);
  CHECK(back.stack == row.stack);
  CHECK(back.set == row.set);
  CHECK_FALSE(tenant_row_from(nlohmann::json{{"slug", 5}}).has_value());
}

TEST_CASE("the format is told by the file's name alone") {
  CHECK(row_format_of("a.csv").value() == RowFormat::csv);
  CHECK(row_format_of("a.yml").value() == RowFormat::yaml);
  CHECK(row_format_of("a.json").value() == RowFormat::json);
  CHECK(row_format_of("a.xls").error().code == ErrorCode::bad_value);
}
