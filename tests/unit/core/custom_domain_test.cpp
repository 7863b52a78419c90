#include "core/custom_domain.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

TEST_CASE("a custom domain that could be another's, an address or no name at all is refused with its rule") {
  const auto [text, rule] = GENERATE(table<std::string, std::string>({
      {"acme.yourapp.test", "whose hosts are the tenants' own"},
      {"yourapp.test", "whose hosts are the tenants' own"},
      {"a.b.yourapp.test", "whose hosts are the tenants' own"},
      {"*.acme-corp.test", "is a wildcard"},
      {"127.0.0.1", "IP address"},
      {"shop.1", "IP address"},
      {"0x7f.0x1", "IP address"},
      {"::1", "is not a DNS name"},
      {"shop.localhost", "is kept for other uses"},
      {"printer.local", "is kept for other uses"},
      {"1.0.0.127.in-addr.arpa", "is kept for other uses"},
      {"b\xc3\xbc"
       "cher.example",
       "punycode"},
      {"Shop.acme-corp.test", "is not a DNS name in lower case"},
      {"shop.acme-corp.test.", "is not a DNS name"},
      {"shop", "is not a DNS name"},
      {"", "is not a DNS name"},
      {"shop.acme-corp.test; } server {", "is not a DNS name"},
      {"shop.acme-corp.test\n", "is not a DNS name"},
      {"-shop.acme-corp.test", "is not a DNS name"},
      {"shop..test", "is not a DNS name"},
      {std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(55, 'd') + ".test",
       "is longer than 250 characters"},
  }));
  INFO(text);

  const auto refused = parse_custom_domain(text, "yourapp.test");

  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::bad_value);
  CHECK_THAT(refused.error().message, Catch::Contains(rule));
}

TEST_CASE("names outside the operator's domain are custom domains, its look-alikes among them") {
  for (const std::string text :
       {"shop.acme-corp.test", "acme-corp.test", "notyourapp.test", "yourapp.test.evil.test", "xn--bcher-kva.example", "1.example"}) {
    INFO(text);
    const auto host = parse_custom_domain(text, "yourapp.test");
    REQUIRE(host.has_value());
    CHECK(host->str() == text);
  }
}

TEST_CASE("only the token by itself is a proof: a page that repeats what it was asked for is none") {
  const auto token = domain_token(std::array<std::uint8_t, 16>{1, 2, 255});

  CHECK(token == "tenantctl-0102ff00000000000000000000000000");
  CHECK(is_domain_proof(token, token));
  CHECK(is_domain_proof("\r\n" + token + "\n", token));
  CHECK_FALSE(is_domain_proof("not found: " + token, token));
  CHECK_FALSE(is_domain_proof(token + token, token));
  CHECK_FALSE(is_domain_proof(token.substr(1), token));
  CHECK_FALSE(is_domain_proof("", token));
  CHECK_FALSE(is_domain_proof("", ""));
}
