// Where records are made: what a configuration may say of it.
#include <catch2/catch.hpp>

#include "unit/core/settings_example.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("records that the operator makes need an address, and a wildcard may be looked at") {
  check_settings_refused(std::string(k_good) + "dns: { provider: manual }\n", "15: dns.addresses", "is required");
  const auto manual = parse_settings("t.yaml", std::string(k_good) + "dns: { provider: manual, cname: edge.example.test, ttl: 60 }\n", {});
  REQUIRE(manual.has_value());
  CHECK(manual->dns.provider == DnsProvider::manual);
  CHECK(manual->dns.nameservers.empty());
  const auto wildcard =
      parse_settings("t.yaml", std::string(k_good) + "dns: { addresses: [\"192.0.2.10\"], nameservers: [\"192.0.2.1\"] }\n", {});
  REQUIRE(wildcard.has_value());
  CHECK(wildcard->dns.provider == DnsProvider::wildcard);
  CHECK(wildcard->dns.nameservers == std::vector<std::string>{"192.0.2.1:53"});
  CHECK_FALSE(makes_records(wildcard->dns.provider));
}

TEST_CASE("Cloudflare needs a token by reference and an API that is encrypted", "[dns]") {
  const std::string given = "dns: { provider: cloudflare, addresses: [\"192.0.2.10\"], ";
  check_settings_refused(std::string(k_good) + given + "token: abc }\n", "15: dns.token", "is no reference");
  check_settings_refused(std::string(k_good) + given + "}\n", "15: dns.token", "is required");
  check_settings_refused(std::string(k_good) + given + "token: \"env:T\", api: \"http://api.example/client/v4\" }\n", "15: dns.api",
                         "is not encrypted");
  for (const auto* api : {"http://127.evil.example/v4", "http://localhost:80@evil.example/v4", "https://ops:hunter2@api.example/v4"})
    check_settings_refused(std::string(k_good) + given + "token: \"env:T\", api: \"" + api + "\" }\n", "15: dns.api", "is not encrypted");
  check_settings_refused(std::string(k_good) + given + "token: \"env:T\", ttl: 30 }\n", "15: dns.ttl", "less than Cloudflare allows");
  const auto settings = parse_settings("/etc/shop/t.yaml", std::string(k_good) + given + "token: \"file:cf.token\" }\n", {});
  REQUIRE(settings.has_value());
  CHECK(settings->dns.secret == "file:/etc/shop/cf.token");
  CHECK(settings->dns.ttl == std::chrono::seconds(1));
  CHECK(settings->dns.requests == 1200);
  CHECK(settings->dns.nameservers.empty());
}

namespace {

const std::string k_zone = "dns: { provider: rfc2136, server: ns1.yourapp.test, key: { name: tenantctl, secret: \"file:tsig.secret\" }, ";

}  // namespace

TEST_CASE("a zone that takes updates is read, with what is left out filled in") {
  const auto settings = parse_settings("/etc/shop/t.yaml",
                                       std::string(k_good) + k_zone + "addresses: [\"192.0.2.10\", \"2001:DB8:0:0::10\"], ttl: 60 }\n", {});

  REQUIRE(settings);
  const auto& dns = settings->dns;
  CHECK(dns.provider == DnsProvider::rfc2136);
  CHECK(dns.zone == "yourapp.test");
  CHECK(dns.server == "ns1.yourapp.test:53");
  CHECK(dns.nameservers == std::vector<std::string>{"ns1.yourapp.test:53"});
  CHECK(dns.secret == "file:/etc/shop/tsig.secret");
  CHECK(dns.algorithm == "hmac-sha256");
  CHECK(dns.addresses == std::vector<std::string>{"192.0.2.10", "2001:db8::10"});
  CHECK(dns.ttl == std::chrono::seconds(60));
}

TEST_CASE("a zone with a secret in the file, without a target, or that does not hold the domain is refused") {
  const std::string good = std::string(k_good) + k_zone;
  check_settings_refused(good + "addresses: [nowhere] }\n", "15: dns.addresses", "is no IP address");
  check_settings_refused(good + "ttl: 60 }\n", "15: dns.addresses", "is required");
  check_settings_refused(good + "addresses: [\"192.0.2.10\"], cname: edge.yourapp.test }\n", "15: dns.addresses", "goes not with cname");
  check_settings_refused(good + "addresses: [\"192.0.2.10\"], zone: other.test }\n", "15: dns.zone", "does not hold yourapp.test");
  check_settings_refused(good + "addresses: [\"192.0.2.10\"], wildcard: true }\n", "15: dns.wildcard", "unknown key");
  check_settings_refused(
      std::string(k_good) + "dns: { provider: rfc2136, server: ns1, key: { name: k, secret: c2VjcmV0 }, addresses: [\"192.0.2.10\"] }\n",
      "15: dns.key.secret", "is no reference");
}
