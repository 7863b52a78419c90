#include "core/configuration_keys.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using Catch::Contains;

namespace {

std::string kept(std::string_view key, std::string_view value) {
  auto good = check_configuration_value(key, value);
  return good ? *good : std::string(info(good.error().code).name);
}

}  // namespace

TEST_CASE("a configuration key that says who the tenant is, or is a limit, or is no key, is refused") {
  for (const char* key : {"", "Key", "1st", "a b", "a=b", "tenant_id", "plan", "configuration_version", "limits.users", "limits", "a.",
                          "a..b", "ü", "branding.nmae", "branding.custom"}) {
    INFO(key);
    const auto checked = check_configuration_key(key);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::bad_value);
    CHECK_FALSE(checked.error().hint.empty());
  }
  CHECK(check_configuration_key("branding.nmae").error().hint == "did you mean \"branding.name\"?");
  CHECK_FALSE(check_configuration_key(std::string(101, 'a')));
}

TEST_CASE("keys of the table and keys of the application's own are good ones") {
  for (const char* key :
       {"branding.name", "branding.primary_color", "features.reports", "features.a-b.c", "currency", "mail.reply-to", "x"}) {
    INFO(key);
    CHECK(check_configuration_key(key));
  }
}

TEST_CASE("a value that is not of its key's type is refused with the type and an example") {
  const auto colour = check_configuration_value("branding.primary_color", "red");
  REQUIRE_FALSE(colour);
  CHECK(colour.error().code == ErrorCode::bad_value);
  CHECK_THAT(colour.error().message, Contains("no colour") && Contains("branding.primary_color"));
  CHECK_THAT(colour.error().hint, Contains("#1a2b3c"));
  for (const char* value : {"", "maybe", "1", "TRUE ", "\x1b[2J"}) CHECK(kept("features.reports", value) == "bad_value");
  for (const char* value : {"#12345", "#1234567", "123456", "#12345g", ""}) CHECK(kept("branding.primary_color", value) == "bad_value");
  for (const char* value : {"javascript:alert(1)", "ftp://a.test", "https://", "http:///logo", "https://a.test/\"><script>", "https://a b",
                            "https://user:pw@a.test", "//a.test", "https://:80/"}) {
    INFO(value);
    CHECK(kept("branding.logo_url", value) == "bad_value");
  }
}

TEST_CASE("a good value is kept in one form") {
  CHECK(kept("features.reports", "on") == "true");
  CHECK(kept("features.reports", "False") == "false");
  CHECK(kept("branding.primary_color", "#AABBCC") == "#aabbcc");
  CHECK(kept("branding.logo_url", "https://cdn.acme.test:8443/a/logo.svg?v=2#x") == "https://cdn.acme.test:8443/a/logo.svg?v=2#x");
  CHECK(kept("branding.name", "Söhne \"& Co\"\nline 2") == "Söhne \"& Co\"\nline 2");
  CHECK(kept("currency", "") == "");
}

TEST_CASE("text that PostgreSQL can't hold is no value") {
  CHECK(kept("currency", std::string_view("a\0b", 3)) == "bad_value");
  CHECK(kept("currency", "\xff") == "bad_value");
  CHECK(kept("currency", std::string(10'001, 'x')) == "bad_value");
}

TEST_CASE("the example of every known key is good, and booleans are booleans in JSON") {
  for (const auto& known : known_keys()) {
    const auto key =
        known.name.ends_with('*') ? std::string(known.name.substr(0, known.name.size() - 1)) + "reports" : std::string(known.name);
    INFO(key);
    CHECK(check_configuration_key(key));
    CHECK(check_configuration_value(key, known.example));
  }
  CHECK(typed_value("features.reports", "true") == nlohmann::json(true));
  CHECK(typed_value("features.reports", "of old") == nlohmann::json("of old"));
  CHECK(typed_value("currency", "true") == nlohmann::json("true"));
}
