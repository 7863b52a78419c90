#include "core/template.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using Catch::Contains;

namespace {

std::string refusal(std::string_view text, const TemplateValues& values) {
  const auto rendered = render_template("mail.txt", text, values);
  REQUIRE_FALSE(rendered);
  CHECK(rendered.error().code == ErrorCode::template_invalid);
  CHECK_THAT(rendered.error().message, Contains("template \"mail.txt\""));
  return rendered.error().message;
}

}  // namespace

TEST_CASE("an undefined variable is refused by name", "[template]") {
  CHECK_THAT(refusal("hello {{name}} {{nmae}}", {{"name", "x"}}), Contains("undefined variable \"nmae\""));
  CHECK_THAT(refusal("{{#list}}{{a}}{{/list}}", {{"list", std::vector<TemplateValues>{{{"a", "1"}}, TemplateValues{}}}}),
             Contains("\"a\""));
  CHECK_THAT(refusal("{{#gone}}x{{/gone}}", {}), Contains("\"gone\""));
  CHECK_THAT(refusal("{{^gone}}x{{/gone}}", {}), Contains("\"gone\""));
}

TEST_CASE("a value that the template does not use is refused by name", "[template]") {
  CHECK_THAT(refusal("hello", {{"name", "x"}}), Contains("does not use the variable \"name\""));
  CHECK_THAT(refusal("{{#list}}x{{/list}}", {{"list", std::vector<TemplateValues>{{{"a", "1"}}}}}), Contains("\"a\""));
  CHECK_THAT(refusal("{{! name }}", {{"name", "x"}}), Contains("\"name\""));
}

TEST_CASE("a malformed template is refused", "[template]") {
  CHECK_THAT(refusal("{{#a}} x", {{"a", true}}), Contains("malformed"));
  CHECK_THAT(refusal("{{a", {{"a", "x"}}), Contains("malformed"));
  CHECK_THAT(refusal("{{> other}}", {}), Contains("not supported"));
  refusal("{{=<% %>=}}", {});
}

TEST_CASE("values are put in as they are, and never rendered again", "[template]") {
  CHECK(*render_template("t", "[{{a}}] [{{&a}}] [{{{a}}}]", {{"a", "<&\"'{{b}}"}}) == "[<&\"'{{b}}] [<&\"'{{b}}] [<&\"'{{b}}]");
}

TEST_CASE("sections repeat lists and follow conditions, and a used name in a section left out counts as used", "[template]") {
  const TemplateValues values{
      {"yes", true}, {"no", false}, {"name", "n"}, {"list", std::vector<TemplateValues>{{{"a", "1"}}, {{"a", "2"}}}}};
  CHECK(*render_template("t", "{{#list}}{{a}}{{name}},{{/list}}{{#yes}}Y{{/yes}}{{#no}}{{name}}{{/no}}{{^no}}N{{/no}}", values) ==
        "1n,2n,YN");
}

TEST_CASE("an embedded template that does not exist is named", "[template]") {
  const auto rendered = render_embedded("templates/nginx/none.conf", {});
  REQUIRE_FALSE(rendered);
  CHECK_THAT(rendered.error().message, Contains("templates/nginx/none.conf"));
}
