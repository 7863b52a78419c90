#include "core/settings.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

constexpr std::string_view k_good = R"(domain: yourapp.test
control: { url: "postgresql:///tenantctl" }
hosts: { web: { local: true } }
database_servers:
  pg1: { url: "postgresql:///postgres", address: "127.0.0.1:5432" }
stacks:
  shop:
    kind: database
    server: pg1
    schema: [sql/shop.sql]
    upstream: "http://127.0.0.1:3000"
    ping: { path: /ping, expect: pong }
    credentials_dir: credentials
nginx: { host: web, dir: nginx, listen: ["0.0.0.0:80"] }
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text(k_good);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

void check_settings_refused(const std::string& text, const std::string& place, const std::string& why) {
  const auto settings = parse_settings("/etc/t.yaml", text, {});
  INFO(text);
  REQUIRE_FALSE(settings);
  CHECK(settings.error().code == ErrorCode::config_invalid);
  CHECK_THAT(settings.error().message, Catch::StartsWith("/etc/t.yaml:" + place));
  CHECK_THAT(settings.error().message, Catch::Contains(why));
}

}  // namespace

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

TEST_CASE("a stack names one server, or several and by what one of them is chosen") {
  const std::string two = R"(database_servers:
  pg2: { url: "postgresql:///postgres", disk: /data, weight: 3, max_tenants: 200, draining: true }
)";
  const auto settings = parse_settings("/etc/t.yaml", with("database_servers:\n", two), {});
  REQUIRE(settings);
  CHECK(settings->stacks.at("shop").servers == std::vector<std::string>{"pg1"});
  CHECK(settings->stacks.at("shop").place_by == PlaceBy::tenants);
  CHECK(settings->servers.at("pg1").weight == 1);
  CHECK(settings->servers.at("pg1").max_tenants == 0);
  CHECK(settings->servers.at("pg2").weight == 3);
  CHECK(settings->servers.at("pg2").max_tenants == 200);
  CHECK(settings->servers.at("pg2").draining);

  check_settings_refused(with("server: pg1", "servers: [pg1, pg2]"), "9: stacks.shop.servers", "\"pg2\" is not among");
  check_settings_refused(with("server: pg1", "servers: [pg1, pg1]"), "9: stacks.shop.servers", "twice");
  check_settings_refused(with("server: pg1", "servers: []"), "9: stacks.shop.servers", "names no");
  check_settings_refused(with("server: pg1", "server: pg1\n    servers: [pg1]"), "10: stacks.shop.servers", "beside server");
  check_settings_refused(with("server: pg1", "server: pg1\n    place_by: luck"), "10: stacks.shop.place_by", "\"luck\" is unknown");
  check_settings_refused(with("server: pg1", "server: pg1\n    place_by: free_disk"), "10: stacks.shop.place_by", "pg1\" has no disk");
  check_settings_refused(with("5432\" }", "5432\", disk: data }"), "5: database_servers.pg1.disk", "absolute");
  check_settings_refused(with("5432\" }", "5432\", weight: 0 }"), "5: database_servers.pg1.weight", "1 to 1000");
}

TEST_CASE("a stack of kind schema names the database that its tenants share") {
  const auto settings = parse_settings("/etc/t.yaml", with("kind: database", "kind: schema\n    database: shop_shared"), {});

  REQUIRE(settings);
  CHECK(settings->stacks.at("shop").kind == StackKind::schema);
  CHECK(settings->stacks.at("shop").shared_database == "shop_shared");
  CHECK(settings->stacks.at("shop").database_pattern == "shop_{code}");
  check_settings_refused(with("kind: database", "kind: schema"), "8: stacks.shop.database", "is required");
  check_settings_refused(with("kind: database", "kind: database\n    database: shop_shared"), "9: stacks.shop.database",
                         "for kind \"schema\" only");
  for (const std::string name : {"postgres", "template0", "template1"}) {
    check_settings_refused(with("kind: database", "kind: schema\n    database: " + name), "9: stacks.shop.database",
                           "no database for tenants");
  }
  check_settings_refused(with("kind: database", "kind: schema\n    database: \"x; drop\""), "9: stacks.shop.database", "is not 1 to 63");
  check_settings_refused(with("kind: database", "kind: schema\n    database: shared\n    name: \"pg_{code}\""), "10: stacks.shop.name",
                         "PostgreSQL's own");
}

TEST_CASE("what this version can't do is refused, not ignored") {
  check_settings_refused(std::string(k_good) + "dns: { provider: route53 }\n", "15: dns.provider", "not supported");
}

namespace {

constexpr const char* k_hook =
    "webhooks: [{ name: crm, url: \"https://crm.example/key\", events: [\"tenant.*\"], secret: \"file:hook.secret\" }]\n";

std::string with_hook(const std::string& from, const std::string& to) {
  std::string text = k_hook;
  text.replace(text.find(from), from.size(), to);
  return std::string(k_good) + text;
}

}  // namespace

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

TEST_CASE("mail and webhooks are read, with what is left out filled in") {
  const auto settings = parse_settings(
      "/etc/shop/t.yaml",
      std::string(k_good) + k_hook + "mail: { smtp: \"smtp://127.0.0.1:25\", from: hello@yourapp.test, templates: mail }\n", {});
  INFO((settings ? "" : full_message(settings.error())));
  REQUIRE(settings.has_value());
  REQUIRE(settings->mail.has_value());
  CHECK(settings->mail->tls == MailTls::offered);  // nobody listens in on loopback
  CHECK(settings->mail->templates == "/etc/shop/mail");
  CHECK(settings->mail->events == std::vector<std::string>{"tenant.created", "tenant.suspended", "trial.ending", "trial.expired"});
  REQUIRE(settings->webhooks.size() == 1);
  CHECK(settings->webhooks[0].secret == "file:/etc/shop/hook.secret");
  CHECK_FALSE(settings->webhooks[0].allow_private);
  CHECK(subscriptions_of(*settings).targets_of("tenant.created") == std::vector<std::string>{"mail", "crm"});
  CHECK(subscriptions_of(*settings).targets_of("tenant.deleted") == std::vector<std::string>{"crm"});

  for (const auto* host : {"mail.example:587", "127.mail.example:25", "localhost.example"}) {
    const auto elsewhere =
        parse_settings("t.yaml", std::string(k_good) + "mail: { smtp: \"smtp://" + host + "\", from: a@b.test, events: [\"*\"] }\n", {});
    REQUIRE(elsewhere.has_value());
    CHECK(elsewhere->mail->tls == MailTls::required);
    // Of what there is no mail for, none is to wait for ever.
    CHECK(subscriptions_of(*elsewhere).targets_of("tenant.deleted").empty());
    CHECK(subscriptions_of(*elsewhere).targets_of("tenant.suspended").size() == 1);
  }

  const auto nameless = parse_settings("t.yaml", with_hook("name: crm, ", ""), {});
  REQUIRE(nameless.has_value());
  CHECK(nameless->webhooks[0].name == "crm-example");
}

TEST_CASE("a mail server that is not well described is refused, and no password is shown") {
  const auto refused = [](const std::string& keys, const std::string& where, const std::string& why) {
    check_settings_refused(std::string(k_good) + "mail: { " + keys + " }\n", "15: mail" + where, why);
  };
  refused("smtp: \"http://mail.example\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://ops:hunter2@mail.example\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://mail.example/x\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://mail:abc\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://mail.example\", from: \"a@b.test\\r\\nBcc: c@d.test\"", ".from", "holds control characters");
  refused("smtp: \"smtp://mail.example\"", ".from", "is required");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, user: ops", ".password", "is required");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, user: ops, password: hunter2", ".password", "is no reference");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, user: ops, password: \"env:P\", tls: offered", ".tls", "must be \"required\"");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, events: [tenant.deleted]", ".events", "is no event");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, url: \"javascript:x\"", ".url", "is no http or https URL");
}

TEST_CASE("a webhook that is not well described is refused, and neither its secret nor its path is shown") {
  check_settings_refused(with_hook("name: crm", "name: mail"), "15: webhooks.name", "is taken");
  check_settings_refused(with_hook("crm.example", "crm.example:99999"), "15: webhooks.url", "is no http or https URL");
  check_settings_refused(with_hook("https:", "http:"), "15: webhooks.url", "is not encrypted");
  check_settings_refused(with_hook("name: crm, url: \"https://crm.example/key\"", "url: \"crm.example/key\""), "15: webhooks.url",
                         "is no http");
  check_settings_refused(with_hook("https://", "ftp://"), "15: webhooks.url", "is no http or https URL");
  check_settings_refused(with_hook("https://", "https://ops:hunter2@"), "15: webhooks.url", "is no http or https URL");
  check_settings_refused(with_hook("file:hook.secret", "hunter2"), "15: webhooks.secret", "is no reference");
  check_settings_refused(with_hook("tenant.*", "tenants.*"), "15: webhooks.events", "is no event");
  check_settings_refused(with_hook("events: [\"tenant.*\"], ", ""), "15: webhooks.events", "is required");
  const std::string twice = k_hook;
  check_settings_refused(std::string(k_good) + twice.substr(0, twice.size() - 2) + ", " + twice.substr(11), "15: webhooks.name",
                         "appears twice");
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

TEST_CASE(
    "a migrate_command without a version, a program or credentials, or beside migrations, is refused; so is a version without a command") {
  const auto stack = [](const std::string& keys) {
    return with("    credentials_dir: credentials\n", "    credentials_dir: credentials\n" + keys);
  };
  check_settings_refused(stack("    migrate_command: [\"x\"]\n"), "", "schema_version: is required");
  check_settings_refused(stack("    migrate_command: [\"\"]\n    schema_version: \"1\"\n"), "", "migrate_command: names no program");
  check_settings_refused(stack("    migrate_command: [\"x\"]\n    schema_version: \"a b\"\n"), "", "schema_version: is not 1 to 63");
  check_settings_refused(stack("    migrate_command: [\"x\"]\n    schema_version: \"1\"\n    migrations: sql\n"), "",
                         "goes not with migrate_command");
  check_settings_refused(stack("    schema_version: \"1\"\n"), "", "is for migrate_command");
  check_settings_refused(with("    credentials_dir: credentials\n", "    migrate_command: [\"x\"]\n    schema_version: \"1\"\n"), "",
                         "credentials_dir, which is missing");
}

TEST_CASE("migrations are a folder beside the configuration, and a stack's own command runs where after_create does") {
  const auto files = parse_settings("/etc/t.yaml", with("    credentials_dir", "    migrations: sql/next\n    credentials_dir"), {});
  const auto command = parse_settings(
      "/etc/t.yaml",
      with("    credentials_dir",
           "    migrate_command: [\"x\", \"y\"]\n    schema_version: \"2026-11-01\"\n    after_create_folder: /srv\n    credentials_dir"),
      {});

  REQUIRE(files);
  CHECK(files->stacks.at("shop").migrations == "/etc/sql/next");
  REQUIRE(command);
  const auto& migrate = command->stacks.at("shop").migrate_command;
  REQUIRE(migrate);
  CHECK(migrate->version == "2026-11-01");
  CHECK(migrate->run.argv == std::vector<std::string>{"x", "y"});
  CHECK(migrate->run.folder == "/srv");
}

TEST_CASE(
    "an after_create without a program, with a relative folder, on an unknown host, or missing where its keys are there, is refused") {
  const auto stack = [](const std::string& keys) { return with("    server: pg1\n", "    server: pg1\n" + keys); };
  check_settings_refused(stack("    after_create: [\"\"]\n"), "", "after_create: names no program");
  check_settings_refused(stack("    after_create: [\"x\"]\n    after_create_folder: srv\n"), "", "must be an absolute path");
  check_settings_refused(stack("    after_create: [\"x\"]\n    host: db9\n"), "", "\"db9\" is not among hosts");
  check_settings_refused(stack("    after_create_folder: /srv\n"), "", "after_create: is missing");
  check_settings_refused(stack("    after_create: [\"x\"]\n    after_create_limit_ms: 0\n"), "", "after_create_limit_ms");
}

namespace {

std::string with_site(const std::string& keys, const std::string& hosts = "frappe1: { ssh: frappe@10.0.0.5 }") {
  auto text = with("nginx: {", "  erp:\n    kind: frappe\n    " + keys + "\nnginx: {");
  return text.replace(text.find("web: { local: true }"), 20, "web: { local: true }, " + hosts);
}

const std::string k_site_keys =
    "host: frappe1\n    upstream: \"http://127.0.0.1:8000\"\n    database_admin: { user: keeper, password: \"env:X\" }\n    "
    "credentials_dir: erp";

}  // namespace

TEST_CASE("a stack of kind frappe is read, and is pinged at Frappe's own address") {
  const auto settings = parse_settings("/etc/t.yaml", with_site(k_site_keys), {}, "/root");

  if (!settings) FAIL(settings.error().message);
  const auto& stack = settings->stacks.at("erp");
  REQUIRE(stack.frappe);
  CHECK(stack.kind == StackKind::frappe);
  CHECK(stack.servers == std::vector<std::string>{"frappe1"});
  CHECK(stack.ping.path == "/api/method/ping");
  CHECK(stack.ping.expect == "pong");
  CHECK_FALSE(settings->stacks.at("shop").frappe);
}

TEST_CASE("a stack of kind frappe is refused on a host that can't be its bench's") {
  const auto refused = [](const std::string& text, const std::string& why) {
    const auto settings = parse_settings("/etc/t.yaml", text, {}, "/root");
    REQUIRE_FALSE(settings);
    CHECK_THAT(settings.error().message, Catch::Contains(why));
  };
  refused(with_site(k_site_keys, "other: { ssh: a@b }"), "\"frappe1\" is not among hosts");
  refused(with_site(k_site_keys, "frappe1: { ssh: a@b, sudo: true }"), "a bench refuses root");
  refused(with_site(k_site_keys + "\n    server: pg1"), "stacks.erp.server: is not for kind");
  refused(with_site(k_site_keys + "\n    schema: [a.sql]"), "stacks.erp.schema: is not for kind");
  auto twice = with_site(k_site_keys);
  twice.replace(twice.find("  pg1:"), 6, "  frappe1: { url: \"postgresql:///postgres\" }\n  pg1:");
  refused(twice, "\"frappe1\" is a database server too");
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

TEST_CASE("a configuration goes into the tenant's table unless the stack says into a file, which needs a folder") {
  CHECK(parse_settings("/etc/t.yaml", k_good, {})->stacks.at("shop").configuration == ConfigurationForm::table);
  const auto in_file = parse_settings(
      "/etc/t.yaml", with("    credentials_dir: credentials", "    credentials_dir: credentials\n    configuration: file"), {});
  REQUIRE(in_file);
  CHECK(in_file->stacks.at("shop").configuration == ConfigurationForm::file);
  check_settings_refused(with("    credentials_dir: credentials", "    configuration: file"), "13", "credentials_dir, which is missing");
  check_settings_refused(with("    credentials_dir: credentials", "    credentials_dir: credentials\n    configuration: xml"), "14",
                         "\"xml\" is unknown");
}

TEST_CASE("a stack's queries of usage are read, a day's with the place where the day goes") {
  const auto settings =
      parse_settings("/etc/t.yaml",
                     with("    ping:",
                          "    usage:\n      companies: select count(*) from companies\n"
                          "      transactions_per_month: |\n        select count(*)\n          from sales where at::date = {day}\n"
                          "    ping:"),
                     {});

  INFO((settings ? "" : settings.error().message));
  REQUIRE(settings);
  const auto& usage = settings->stacks.at("shop").usage;
  CHECK(usage.size() == 2);
  CHECK(usage.at("companies") == "select count(*) from companies");
  CHECK_THAT(usage.at("transactions_per_month"), Catch::Contains("from sales where at::date = {day}"));
}

TEST_CASE("a query that counts nothing, or not what its resource is, is refused where it stands") {
  const auto refused = [](const std::string& line, const std::string& why) {
    check_settings_refused(with("    ping:", "    usage:\n      " + line + "\n    ping:"), "13: stacks.shop.usage", why);
  };
  refused("storage_bytes: select 1", "is nothing that a query counts");
  refused("requests: select 1", "is nothing that a query counts");
  refused("company: select 1", "is nothing that a query counts");
  refused("companies: ''", "holds no query");
  refused("companies: ' ; '", "holds no query");
  refused("companies: [a]", "expected a text");
  refused("api_calls_per_day: select count(*) from calls", "must hold {day}");
  refused("companies: select count(*) from companies where since <= {day}", "of no {day}");
}

TEST_CASE("what restores have put aside stays unless a number of days is given") {
  CHECK_FALSE(parse_settings("/etc/t.yaml", k_good, {})->backups.keep_old_days.has_value());
  CHECK(parse_settings("/etc/t.yaml", std::string(k_good) + "backups: { dir: b, keep_old_days: 0 }\n", {})->backups.keep_old_days == 0);
  check_settings_refused(std::string(k_good) + "backups: { dir: b, keep_old_days: -1 }\n", "15", "keep_old_days");
}

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
