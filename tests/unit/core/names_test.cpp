#include "core/names.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

void check_refused(std::string_view slug, std::string_view rule, std::string_view proposal) {
  const auto parsed = TenantSlug::parse(slug);
  INFO(slug);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::bad_slug);
  CHECK_THAT(parsed.error().message, Catch::Contains(std::string(rule)));
  CHECK_THAT(parsed.error().hint, Catch::Contains(std::string(proposal)));
}

}  // namespace

TEST_CASE("a bad slug is refused with the rule it breaks and the nearest good one") {
  check_refused("Acme", "only a-z", "\"acme\"");
  check_refused("john_driver", "only a-z", "\"john-driver\"");
  check_refused("ab", "shorter than 3", "\"ab-1\"");
  check_refused("", "shorter than 3", "choose 3 to 63");
  check_refused(std::string(64, 'a'), "longer than 63", std::string(63, 'a'));
  check_refused("-acme", "begin or end with a hyphen", "\"acme\"");
  check_refused("acme-", "begin or end with a hyphen", "\"acme\"");
  check_refused("xn--acme", "positions 3 and 4", "\"xn-acme\"");
  check_refused("müller", "only a-z", "\"m-ller\"");
  check_refused("acme.evil", "only a-z", "\"acme-evil\"");
  check_refused("a\nb;{}$(x)", "only a-z", "\"a-b-x\"");
}

TEST_CASE("every proposal for a bad slug is itself a good slug") {
  for (const std::string_view text : {"A", "__", "xn--", "-a-", "ÄÖÜ", "a--b--c", "  acme corp  ", "'; drop table tenants; --"}) {
    const auto proposal = nearest_slug(text);
    INFO(text << " -> " << proposal);
    if (!proposal.empty()) CHECK(TenantSlug::parse(proposal));
  }
}

TEST_CASE("an error about a slug shows no control characters") {
  const auto parsed = TenantSlug::parse("a\x1b[31mb\0c");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("slugs at both ends of the allowed length are taken") {
  CHECK(TenantSlug::parse("abc"));
  CHECK(TenantSlug::parse("1-2"));
  CHECK(TenantSlug::parse(std::string(63, 'a')));
}

TEST_CASE("reserved words and those the configuration adds are refused") {
  for (const auto word : reserved_slugs()) {
    if (const auto slug = TenantSlug::parse(word)) CHECK_FALSE(check_not_reserved(*slug, {}));
  }
  CHECK_FALSE(check_not_reserved(*TenantSlug::parse("status"), {"status"}));
  CHECK(check_not_reserved(*TenantSlug::parse("status"), {}));
}

TEST_CASE("a user's name becomes a slug") {
  CHECK(slug_from_username("john_driver")->str() == "john-driver");
  CHECK(slug_from_username("John.Q.Public")->str() == "john-q-public");
  CHECK_FALSE(slug_from_username("___"));
}

TEST_CASE("codes and ids made from random bytes pass their own checks") {
  std::array<std::uint8_t, 16> bytes{};
  for (int value = 0; value < 256; ++value) {
    bytes.fill(static_cast<std::uint8_t>(value));
    CHECK(TenantId::parse(uuid_from_random(bytes)));
    CHECK(TenantCode::parse(code_from_random(std::span(bytes).first<8>()).str()));
  }
}

TEST_CASE("database names are refused where PostgreSQL would cut or fold them") {
  CHECK(DatabaseName::parse("shop_a1b2c3d4"));
  for (const std::string_view name : {"", "Shop", "shop-a", "1shop", "shop;drop", "sh\"op", "\xc3\xa9"})
    CHECK_FALSE(DatabaseName::parse(name));
  CHECK_FALSE(DatabaseName::parse(std::string(64, 'a')));
}

TEST_CASE("host names are refused where they could leave their place in a configuration file") {
  CHECK(HostName::parse("acme.yourapp.test"));
  for (const std::string_view host :
       {"acme", "acme.test.", "Acme.test", "a b.test", "x.test; } server {", "-a.test", "a..test", "a.test/", "a.test:80"}) {
    INFO(host);
    CHECK_FALSE(HostName::parse(host));
  }
}

TEST_CASE("an e-mail address holds one mailbox and nothing else") {
  CHECK(EmailAddress::parse("admin@acme.test"));
  CHECK(EmailAddress::parse("o'brien+x@Acme.Test"));
  for (const std::string_view address : {"admin", "@acme.test", "a@b", "a b@acme.test", "a@acme.test\r\nRCPT TO:<x@y.z>",
                                         "a@acme.test,b@acme.test", "a..b@acme.test", "a@acme.test\n"}) {
    INFO(address);
    CHECK_FALSE(EmailAddress::parse(address));
  }
}

TEST_CASE("text for people may hold any syntax but no control characters") {
  CHECK(*check_text("company", "O'Hara \"&\" Söhne; {{x}} $(rm) `id` <b> %s") == "O'Hara \"&\" Söhne; {{x}} $(rm) `id` <b> %s");
  CHECK_FALSE(check_text("company", ""));
  CHECK_FALSE(check_text("company", "a\nb"));
  CHECK_FALSE(check_text("company", std::string_view("a\0b", 3)));
  CHECK_FALSE(check_text("company", "\xff\xfe"));
  CHECK_FALSE(check_text("company", std::string(201, 'x')));
}

TEST_CASE("a near miss is suggested and a far one is not") {
  const std::vector<std::string> known{"create", "list", "rollback"};
  CHECK(nearest_name("craete", known) == "create");
  CHECK(nearest_name("lst", known) == "list");
  CHECK(nearest_name("frobnicate", known).empty());
}
