#include "core/frappe_stack.hpp"

#include <catch2/catch.hpp>

#include "core/yaml_map.hpp"

using namespace tenantctl;

namespace {

Result<FrappeStack> read(const std::string& keys) {
  YamlSource source("/etc/t.yaml", ErrorCode::config_invalid);
  TRY_ASSIGN(const auto node, source.load("{ " + keys + " }"));
  YamlMap map(source, node, "stacks.erp");
  auto stack = read_frappe_stack(map, "/etc");
  map.done();
  TRY(source.verdict());
  return stack;
}

const std::string k_least = R"(host: frappe1, database_admin: { user: keeper, password: "env:DB_ADMIN" })";

void check_site_refused(const std::string& keys, const std::string& why) {
  INFO(keys);
  const auto stack = read(keys);
  REQUIRE_FALSE(stack);
  CHECK(stack.error().code == ErrorCode::config_invalid);
  CHECK_THAT(stack.error().message, Catch::Contains(why));
}

}  // namespace

TEST_CASE("a frappe stack with a bad value is refused with its key") {
  check_site_refused(R"(database_admin: { user: u, password: "env:X" })", "stacks.erp.host: is required");
  check_site_refused("host: frappe1", "stacks.erp.database_admin.user: is required");
  check_site_refused(R"(host: "a b", database_admin: { user: u, password: "env:X" })", "stacks.erp.host");
  check_site_refused("host: frappe1, database_admin: { user: u }", "database_admin.password: is required");
  check_site_refused(R"(host: frappe1, database_admin: { user: "a'b", password: "env:X" })", "is no account's name");
  check_site_refused(R"(host: frappe1, database_admin: { user: u, password: "env:X", port: 0 })", "database_admin.port");
  check_site_refused(R"(host: frappe1, database_admin: { user: u, password: "env:X", host: "-h" })", "is no host");
  check_site_refused(R"(host: frappe1, database_admin: { user: u, password: "env:X", socket: "x" })", "unknown key");
  check_site_refused(k_least + ", bench: frappe-bench", "stacks.erp.bench: must begin with");
  check_site_refused(k_least + ", bench_program: --x", "is no program's name");
  check_site_refused(k_least + ", apps: [\"a b\"]", "is no app's name");
  check_site_refused(k_least + ", apps: [--force]", "is no app's name");
  check_site_refused(k_least + ", apps: [frappe]", "is in every site");
  check_site_refused(k_least + ", apps: [erpnext, erpnext]", "stands there twice");
  check_site_refused(k_least + ", site: \"api.{domain}\"", "must hold {slug}");
  check_site_refused(k_least + ", site: \"../{slug}.{domain}\"", "stacks.erp.site");
  check_site_refused(k_least + ", site: \"{slug}.{tenant}\"", "stacks.erp.site");
  check_site_refused(k_least + ", site_config: { db_name: x }", "is bench's own");
  check_site_refused(k_least + ", site_config: { tenantctl: x }", "holds what tenants are configured with");
  check_site_refused(k_least + ", site_config: { mail_password: x }", "would stand in the bench's log");
  check_site_refused(k_least + ", site_config: { \"--x\": x }", "is no key of a site's configuration");
  check_site_refused(k_least + ", site_config: { a: \"{code}\" }", "a brace that is not {slug} or {domain}");
  check_site_refused(k_least + ", site_config: { a: [1] }", "expected a single value");
  check_site_refused(k_least + ", site_config: { disable_user_pass_login: 1 }", "has no oauth_provider_url, so that nobody could log in");
  check_site_refused(k_least + ", time_zone: \"Europe/Berlin'\"", "is no time zone");
  check_site_refused(k_least + ", country: " + std::string(141, 'x'), "is too long");
  check_site_refused(k_least + ", source_sql: dump.sql", "must begin with \"/\"");
  check_site_refused(k_least + ", front: here", "stacks.erp.front");
  check_site_refused(k_least + ", socketio: here", "stacks.erp.socketio");
  check_site_refused(k_least + ", block_login: 1", "stacks.erp.block_login");
  for (const char* web : {"127.0.0.1:8000", "https://a:1", "http://a b:1", "http://:1", "http://a:x", "http://a:1/p"})
    check_site_refused(k_least + ", web: \"" + web + "\"", "is not http://HOST:PORT");
}

TEST_CASE("a database administrator's password in the file is refused without being shown") {
  const auto stack = read("host: frappe1, database_admin: { user: keeper, password: hunter2 }");

  REQUIRE_FALSE(stack);
  CHECK_THAT(stack.error().message, Catch::Contains("password: is no reference") && !Catch::Contains("hunter2"));
  CHECK(stack.error().hint.find("hunter2") == std::string::npos);
}

TEST_CASE("a frappe stack without more than its host and administrator takes the usual values") {
  const auto stack = read(k_least);

  REQUIRE(stack);
  CHECK(stack->bench == "~/frappe-bench");
  CHECK(stack->program == "bench");
  CHECK(stack->site == "api.{slug}.{domain}");
  CHECK(stack->web == "http://127.0.0.1:8000");
  CHECK(stack->database_admin.host == "127.0.0.1");
  CHECK(stack->database_admin.port == 3306);
}

TEST_CASE("a frappe stack keeps its values in their order, and its password's file is taken from the file's folder") {
  const auto stack =
      read(R"(host: frappe1, apps: [erpnext, tenant_oauth_auth], site_config: { z: 1, a: "https://auth.{domain}" }, country: Germany,
                             time_zone: Etc/GMT+3, source_sql: /srv/golden.sql, database_admin: { user: keeper, password: "file:secrets/db", port: 3307 })");

  REQUIRE(stack);
  CHECK(stack->apps == std::vector<std::string>{"erpnext", "tenant_oauth_auth"});
  CHECK(stack->site_config == std::vector<std::pair<std::string, std::string>>{{"z", "1"}, {"a", "https://auth.{domain}"}});
  CHECK(stack->time_zone == "Etc/GMT+3");
  CHECK(stack->database_admin.password == "file:/etc/secrets/db");
}

TEST_CASE("a stack may forbid logins by password where it says how else to log in, and is known to") {
  const auto forbidding = read(k_least + R"(, site_config: { disable_user_pass_login: 1, oauth_provider_url: "https://auth.{domain}" })");
  const auto allowing = read(k_least + ", site_config: { disable_user_pass_login: 0 }");

  REQUIRE(forbidding);
  CHECK(forbids_passwords(*forbidding));
  REQUIRE(allowing);
  CHECK_FALSE(forbids_passwords(*allowing));
}

TEST_CASE("values of a site's configuration are written as Python reads them") {
  CHECK(python_value("1") == "1");
  CHECK(python_value("true") == "True");
  CHECK(python_value("false") == "False");
  CHECK(python_value("-1") == "'-1'");
  CHECK(python_value("007") == "'007'");
  CHECK(python_value("a\nb\x7f") == R"('a\x0ab\x7f')");
  CHECK(python_value("it's a \\ \"x\"") == R"('it\'s a \\ "x"')");
  CHECK(fill_in("https://{slug}.{domain}/{slug}", *TenantSlug::parse("acme"), "yourapp.test") == "https://acme.yourapp.test/acme");
}
