#include "core/settings.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "unit/core/settings_example.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("a good configuration is read, with paths taken from its folder") {
  const auto settings = parse_settings("/etc/tenantctl/t.yaml", k_good, {});

  REQUIRE(settings);
  const auto& stack = settings->stacks.at("shop");
  CHECK(stack.schema.front() == "/etc/tenantctl/sql/shop.sql");
  CHECK(stack.credentials_dir == "/etc/tenantctl/credentials");
  CHECK(stack.database_pattern == "shop_{code}");
  CHECK(settings->default_stack == "shop");
  CHECK(settings->nginx.mode == NginxMode::routes);
  CHECK(settings->nginx.probe == "http://127.0.0.1:80");
  CHECK(settings->servers.at("pg1").address_port == 5432);
}

TEST_CASE("an unknown key is refused with file, line, path and the nearest known one") {
  const auto settings = parse_settings("/etc/t.yaml", with("upstream", "upstraem"), {});

  REQUIRE_FALSE(settings);
  CHECK_THAT(settings.error().message,
             Catch::Contains("stacks.shop.upstream: is required") || Catch::Contains("stacks.shop.upstraem: unknown key"));
  check_settings_refused(with("listen:", "lisen: [], listen:"), "14: nginx.lisen", "unknown key");
  check_settings_refused(std::string(k_good) + "domian: x\n", "15: domian", "unknown key");
}

TEST_CASE("a key that appears twice is refused") {
  check_settings_refused(std::string(k_good) + "domain: other.test\n", "15: domain", "twice");
}

TEST_CASE("wrong values are refused where they stand") {
  check_settings_refused(with("yourapp.test", "Your App"), "1: domain", "not a DNS name");
  check_settings_refused(with("kind: database", "kind: site"), "8: stacks.shop.kind", "\"site\" is unknown");
  check_settings_refused(with("server: pg1", "server: pg9"), "9: stacks.shop.server", "not among database_servers");
  check_settings_refused(with("http://127.0.0.1:3000", "http://x; } server {"), "11: stacks.shop.upstream", "not http://HOST:PORT");
  check_settings_refused(with("0.0.0.0:80", "80; }"), "14: nginx.listen", "not HOST:PORT");
  check_settings_refused(with("127.0.0.1:5432", "127.0.0.1:99999"), "5: database_servers.pg1.address", "not HOST:PORT");
  check_settings_refused(with("kind: database", "kind: database\n    name: fixed"), "9: stacks.shop.name", "{code}");
  check_settings_refused(with("kind: database", "kind: database\n    name: \"Shop-{code}\""), "9: stacks.shop.name", "is not 1 to 63");
  check_settings_refused("- a\n- b\n", "1:", "expected a mapping");
  check_settings_refused("domain: [", "1:", "end of sequence");
}

TEST_CASE("what this version can't do is refused, not ignored") {
  check_settings_refused(std::string(k_good) + "dns: { provider: route53 }\n", "15: dns.provider", "not supported");
}

TEST_CASE("a password in a URL is refused and not repeated") {
  for (const std::string url : {"postgresql://me:canary@h/db", "postgresql:///db?password=canary", "host=h password=canary"}) {
    const auto settings = parse_settings("/etc/t.yaml", with("postgresql:///tenantctl", url), {});
    REQUIRE_FALSE(settings);
    CHECK_THAT(settings.error().message, Catch::Contains("holds a password") && !Catch::Contains("canary"));
    CHECK_THAT(settings.error().hint, Catch::Contains("url_file"));
  }
}

TEST_CASE("url_file becomes a reference to a file beside the configuration") {
  const auto settings = parse_settings("/etc/t.yaml", with("url: \"postgresql:///tenantctl\"", "url_file: control.url"), {});

  REQUIRE(settings);
  CHECK(settings->control.text == "file:/etc/control.url");
}

TEST_CASE("environment variables override the file") {
  const auto settings =
      parse_settings("/etc/t.yaml", k_good, {{"TENANTCTL_DOMAIN", "other.test"}, {"TENANTCTL_CONTROL_URL", "env:CONTROL"}});

  REQUIRE(settings);
  CHECK(settings->domain == "other.test");
  CHECK(settings->control.text == "env:CONTROL");
}

TEST_CASE("a database server behind a host is read with the host's key files, from the home folder too") {
  const auto text = with("{ web:", "{ db1: { ssh: \"deploy@10.0.0.5:2222\", identity: ~/.ssh/id }, web:");
  auto at = text;
  at.replace(at.find("pg1: { "), 7, "pg1: { psql_on: db1, ");

  const auto settings = parse_settings("/etc/t.yaml", at, {}, "/home/ops");

  INFO((settings ? std::string() : settings.error().message));
  REQUIRE(settings);
  CHECK(settings->servers.at("pg1").through == "db1");
  CHECK(settings->hosts.at("db1").port == 2222);
  CHECK(settings->hosts.at("db1").identities.front() == "/home/ops/.ssh/id");
  CHECK(settings->local_hosts.contains("web"));
}

TEST_CASE("hosts that are neither here nor reached by SSH, or both, or not configured, are refused") {
  const auto hosts = [](const std::string& text) { return with("{ web:", "{ " + text + ", web:"); };
  check_settings_refused(hosts("db1: {}"), "", "hosts.db1.ssh: is required");
  check_settings_refused(hosts("db1: { local: false }"), "", "hosts.db1.ssh: is required");
  check_settings_refused(hosts("db1: { local: true, ssh: \"a@b\" }"), "", "hosts.db1.local: goes not with ssh");
  check_settings_refused(with("pg1: { ", "pg1: { psql_on: db9, "), "", "\"db9\" is not among hosts");
}

namespace {

/// nginx on a host behind SSH, with these keys besides.
std::string on_host(const std::string& keys, const std::string& address = "10.0.0.9") {
  auto text = with("web: { local: true }", "edge: { ssh: \"root@" + address + "\", known_hosts: /k }");
  const auto at = text.find("nginx: {");
  return text.substr(0, at) + "nginx: { host: edge, " + keys + " }\n";
}

}  // namespace

TEST_CASE("nginx may be on a host behind SSH, and is then asked at the host's own address") {
  const auto probe_of = [](const std::string& text) {
    const auto settings = parse_settings("/etc/t.yaml", text, {});
    INFO(text << (settings ? "" : settings.error().message));
    REQUIRE(settings);
    CHECK(settings->nginx.host == "edge");
    return settings->nginx.probe;
  };

  CHECK(probe_of(on_host(R"(dir: /srv/nginx, listen: ["0.0.0.0:80"])")) == "http://10.0.0.9:80");
  CHECK(probe_of(on_host(R"(dir: /srv/nginx, listen: ["[::]:8080"])", "[fd00::9]")) == "http://[fd00::9]:8080");
  CHECK(probe_of(on_host(R"(dir: /srv/nginx, listen: ["10.0.0.8:80"])")) == "http://10.0.0.8:80");
  CHECK(probe_of(on_host(R"(dir: /srv/nginx, listen: ["127.0.0.1:80"], probe: "http://edge.test:80")")) == "http://edge.test:80");
}

TEST_CASE("for nginx on another host, paths must be absolute, and its loopback can't be asked from here") {
  check_settings_refused(on_host(R"(dir: nginx, listen: ["0.0.0.0:80"])"), "14: nginx.dir", "must be an absolute path on host \"edge\"");
  check_settings_refused(on_host(R"(dir: /srv, listen: ["0.0.0.0:80"], pid_file: run/nginx.pid)"), "14: nginx.pid_file",
                         "must be an absolute path");
  for (const std::string listen : {"127.0.0.1:80", "[::1]:80", "localhost:80"}) {
    check_settings_refused(on_host("dir: /srv, listen: [\"" + listen + "\"]"), "14: nginx.probe", "is required");
  }
  check_settings_refused(with("host: web, dir", "host: nowhere, dir"), "14: nginx.host", "not among hosts");
}

TEST_CASE("requests are written down where the configuration says, on nginx's own host") {
  const auto log_of = [](const std::string& text) { return parse_settings("/etc/t.yaml", text, {}).value().nginx.access_log; };
  CHECK(log_of(std::string(k_good)).empty());
  CHECK(log_of(with("dir: nginx,", "dir: nginx, access_log: log/requests.log,")) == "/etc/log/requests.log");
  const auto there = on_host(R"(dir: /n, access_log: requests.log, listen: ["0.0.0.0:80"])");
  CHECK_THAT(parse_settings("/etc/t.yaml", there, {}).error().message, Catch::Contains("must be an absolute path on host \"edge\""));
}

TEST_CASE("what restores have put aside stays unless a number of days is given") {
  CHECK_FALSE(parse_settings("/etc/t.yaml", k_good, {})->backups.keep_old_days.has_value());
  CHECK(parse_settings("/etc/t.yaml", std::string(k_good) + "backups: { dir: b, keep_old_days: 0 }\n", {})->backups.keep_old_days == 0);
  check_settings_refused(std::string(k_good) + "backups: { dir: b, keep_old_days: -1 }\n", "15", "keep_old_days");
}
