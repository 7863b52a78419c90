// Stacks: what a configuration may say of them.
#include <catch2/catch.hpp>

#include "unit/core/settings_example.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

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
