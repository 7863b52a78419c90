// Certificates: what a configuration may say of them.
#include <catch2/catch.hpp>

#include "unit/core/settings_example.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("https needs somebody's consent to the authority's terms, and a port of its own", "[tls]") {
  const auto tls = [](const std::string& keys) {
    return std::string(k_good) + "tls: { provider: certbot, agree_tos: true" + keys + " }\n";
  };
  check_settings_refused(std::string(k_good) + "tls: { provider: certbot }\n", "15: tls.agree_tos", "is required");
  check_settings_refused(std::string(k_good) + "tls: { provider: caddy }\n", "15: tls.provider", "not supported");
  check_settings_refused(tls(", listen: [\"0.0.0.0:80\"]"), "15: tls.listen", "one port can't do both");
  check_settings_refused(tls(", listen: [\"443\"]"), "15: tls.listen", "is not HOST:PORT");
  check_settings_refused(tls(", server: \"http://ca.test/dir\""), "15: tls.server", "is no https URL");
  check_settings_refused(tls(", server: \"https://ca.test/dir\", staging: true"), "15: tls.staging", "goes not with server");
  check_settings_refused(tls(", key_group: \"www data\""), "15: tls.key_group", "no group's name");
  check_settings_refused(tls(", probe: \"http://127.0.0.1:80\""), "15: tls.probe", "is no https URL");
  check_settings_refused(tls(", weekly: 0"), "15: tls.weekly", "");

  const auto good = parse_settings("/etc/t.yaml", tls(", listen: [\"0.0.0.0:8443\"], dir: tls, hsts_days: 7"), {});
  REQUIRE(good);
  REQUIRE(good->tls);
  REQUIRE(good->nginx.tls);
  CHECK(good->nginx.tls->port == 8443);
  CHECK(good->nginx.tls->probe == "https://127.0.0.1:8443");
  CHECK(good->nginx.tls->redirect);
  CHECK(good->tls->dir == "/etc/tls");
  CHECK(good->tls->weekly == 50);
  CHECK_FALSE(parse_settings("t.yaml", k_good, {})->tls);
}

TEST_CASE("certbot's files on another host have absolute paths", "[tls]") {
  auto behind = with("hosts: { web: { local: true } }", "hosts: { web: { ssh: \"deploy@10.0.0.5\" } }") +
                "tls: { provider: certbot, agree_tos: true, dir: tls }\n";
  behind.replace(behind.find("dir: nginx"), 10, "dir: /nginx");
  const auto settings = parse_settings("/etc/t.yaml", behind, {}, "/home/ops");
  REQUIRE_FALSE(settings);
  CHECK_THAT(settings.error().message, Catch::Contains("tls.dir: must be an absolute path on host \"web\""));
}

TEST_CASE("proofs in a zone need one that tenantctl changes, and certbot beside it", "[tls]") {
  const std::string dns =
      "dns: { provider: rfc2136, server: \"192.0.2.1\", addresses: [\"192.0.2.2\"], key: { name: k, secret: \"env:K\" } }\n";
  const std::string tls = "tls: { provider: certbot, agree_tos: true, challenge: dns }\n";
  check_settings_refused(std::string(k_good) + tls, "15: tls.challenge", "needs a zone that tenantctl changes");
  const auto good = parse_settings("/etc/t.yaml", std::string(k_good) + dns + tls, {});
  REQUIRE(good);
  CHECK(good->tls->challenge == TlsChallenge::dns);
  auto behind = with("hosts: { web: { local: true } }", "hosts: { web: { ssh: \"deploy@10.0.0.5\" } }") + dns + tls;
  behind.replace(behind.find("dir: nginx"), 10, "dir: /nginx");
  const auto elsewhere = parse_settings("/etc/t.yaml", behind, {}, "/home/ops");
  REQUIRE_FALSE(elsewhere);
  CHECK_THAT(elsewhere.error().message, Catch::Contains("needs nginx on this machine"));
}
