// The real binary makes Frappe sites: on this machine's bench and through a real sshd, with a real MariaDB, PostgreSQL and
// nginx. The bench is the stand-in of tests/support/bench.
#include <catch2/catch.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "support/site_world.hpp"

using namespace tenantctl::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

const std::vector<std::string> k_create_frappe{"create", "acme", "--email", "admin@acme.test", "--company", "Acme \"'; $(id) {{x}}",
                                               "-o",     "json"};

const char* const k_pool = "    pool: { size: 1 }";

/// Of the one stack.
nlohmann::json pool_of(const SiteWorld& world) { return world.tenantctl({"pool", "status", "-o", "json"}).json()["pools"][0]; }

void drain_to_nothing(const SiteWorld& world) {
  REQUIRE(world.tenantctl({"pool", "drain", "--yes"}).status == 0);
  CHECK(world.leftovers() == std::vector<std::string>{});
}

/// The first step of a create that must have ended well.
std::string first_step(const CliResult& made) {
  INFO(made.err);
  REQUIRE(made.status == 0);
  return nlohmann::json::parse(made.out)["steps"][0]["step"];
}

void check_whole_life(BenchWay way) {
  SiteWorld world(way);

  const auto made = world.tenantctl(k_create_frappe);

  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/api/method/ping"), StartsWith("HTTP/1.1 200") && Contains("pong"));
  CHECK_THAT(world.ask("acme.yourapp.test", "/app"), Contains("api.acme.yourapp.test /app"));
  CHECK_THAT(world.ask("acme.yourapp.test", "/assets/logo.txt"), Contains("the bench's own asset"));
  const auto login = nlohmann::json::parse(read_text(world.credentials() / "acme.json"));
  const auto password = login.at("password").get<std::string>();
  CHECK(login.at("user") == "admin@acme.test");
  CHECK(login.at("site") == "api.acme.yourapp.test");
  CHECK_THAT(world.ask("acme.yourapp.test", "/api/method/login", "usr=admin%40acme.test&pwd=" + password), Contains("Logged In"));
  CHECK_THAT(world.journal(), Contains("api.acme.yourapp.test") && !Contains(password));
  CHECK(world.host().files_holding(password).empty());
  CHECK(world.host().files_holding(world.host().database().password().reveal()).empty());
  CHECK_THAT(made.err + made.out, !Contains(password));

  const auto health = world.tenantctl({"verify", "acme", "-o", "json"});
  CHECK(health.status == 0);
  CHECK_THAT(health.out, Contains("has frappe, erpnext, tenant_oauth_auth"));

  const auto gone = world.tenantctl({"rollback", "acme", "--yes"});

  INFO(gone.err);
  CHECK(gone.status == 0);
  CHECK(world.leftovers().empty());
  CHECK(world.ask("acme.yourapp.test", "/").empty());
}

}  // namespace

TEST_CASE("a frappe tenant on this machine is made, served, logged in to and removed without a trace", "[frappe]") {
  check_whole_life(BenchWay::here);
}

TEST_CASE("a frappe tenant on a host behind SSH is made, served, logged in to and removed without a trace", "[frappe]") {
  check_whole_life(BenchWay::by_ssh);
}

TEST_CASE("a suspended frappe tenant is closed at nginx and at its bench, and activated it serves again", "[frappe]") {
  SiteWorld world(GENERATE(BenchWay::here, BenchWay::by_ssh));
  const auto made = world.tenantctl(k_create_frappe);
  REQUIRE(made.status == 0);

  const auto suspended = world.tenantctl({"suspend", "acme", "--reason", "overdue", "-o", "json"});

  INFO(suspended.err);
  REQUIRE(suspended.status == 0);
  CHECK_THAT(world.ask("acme.yourapp.test", "/app"), StartsWith("HTTP/1.1 403") && Contains("Account suspended. Please contact support."));
  const auto config = nlohmann::json::parse(read_text(world.host().site("api.acme.yourapp.test") / "site_config.json"));
  CHECK(config["maintenance_mode"] == 1);
  CHECK(config["pause_scheduler"] == 1);
  const auto again = world.tenantctl({"suspend", "acme", "-o", "json"});
  CHECK(nlohmann::json::parse(again.out)["changed"] == false);

  const auto activated = world.tenantctl({"activate", "acme", "-o", "json"});

  INFO(activated.err);
  REQUIRE(activated.status == 0);
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/api/method/ping"), StartsWith("HTTP/1.1 200") && Contains("pong"));
  REQUIRE(world.tenantctl({"rollback", nlohmann::json::parse(made.out)["operation"], "--yes"}).status == 0);
  CHECK(world.leftovers().empty());
}

TEST_CASE("a site that was made ahead of time becomes the next tenant's, and the one after it is made anew", "[frappe][pool]") {
  SiteWorld world(GENERATE(BenchWay::here, BenchWay::by_ssh), k_pool);

  const auto filled = world.tenantctl({"pool", "fill", "-o", "json"});

  INFO(filled.out << filled.err);
  REQUIRE(filled.status == 0);
  CHECK(pool_of(world)["ready"] == 1);
  CHECK(world.tenantctl({"doctor"}).status == 0);
  CHECK(world.ask("acme.yourapp.test", "/").empty());

  const auto made = world.tenantctl(k_create_frappe);
  const auto next = world.tenantctl({"create", "globex", "--email", "admin@globex.test", "-o", "json"});

  CHECK(pool_of(world)["ready"] == 0);
  CHECK(first_step(made) == "pooled");
  CHECK(first_step(next) == "site");
  for (const std::string slug : {"acme", "globex"}) {
    INFO(slug);
    CHECK_THAT(world.ask("api." + slug + ".yourapp.test", "/api/method/ping"), StartsWith("HTTP/1.1 200") && Contains("pong"));
    const auto login = nlohmann::json::parse(read_text(world.credentials() / (slug + ".json")));
    CHECK_THAT(world.ask(slug + ".yourapp.test", "/api/method/login",
                         "usr=admin%40" + slug + ".test&pwd=" + login.at("password").get<std::string>()),
               Contains("Logged In"));
    CHECK(world.tenantctl({"verify", slug}).status == 0);
  }
  CHECK(world.tenantctl({"doctor"}).status == 0);
  for (const std::string slug : {"acme", "globex"}) {
    const auto gone = world.tenantctl({"rollback", slug, "--yes"});
    INFO(gone.err);
    CHECK(gone.status == 0);
  }
  CHECK(world.leftovers() == std::vector<std::string>{});
}

TEST_CASE("standby sites of other apps are not handed out and go with the next fill, and a drain leaves nothing", "[frappe][pool]") {
  SiteWorld world(BenchWay::here, k_pool);
  REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
  const auto config = read_text(world.config());
  auto changed = config;
  changed.replace(changed.find("erpnext, tenant_oauth_auth"), 26, "erpnext");
  write_text(world.config(), changed);

  CHECK(pool_of(world)["stale"] == 1);
  const auto made = world.tenantctl(k_create_frappe);
  CHECK(first_step(made) == "site");
  const auto filled = world.tenantctl({"pool", "fill", "-o", "json"});
  CHECK(nlohmann::json::parse(filled.out)["dropped"] == 1);
  CHECK(nlohmann::json::parse(filled.out)["filled"] == 1);

  REQUIRE(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
  drain_to_nothing(world);
}

TEST_CASE("a standby is taken by the name that it was made with, whatever the configuration would call it by now", "[frappe][pool]") {
  const std::string pool = k_pool;
  SiteWorld world(BenchWay::here, pool);
  const auto config = read_text(world.config());
  auto before = config;
  before.replace(before.find(pool), pool.size(), pool + "\n    site: \"{slug}.old.{domain}\"\n    name: \"old_{code}\"");
  write_text(world.config(), before);
  REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
  write_text(world.config(), config);

  const auto made = world.tenantctl(k_create_frappe);

  CHECK(first_step(made) == "pooled");
  CHECK(std::filesystem::exists(world.host().site("api.acme.yourapp.test")));
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/api/method/ping"), Contains("pong"));
  REQUIRE(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
  CHECK(world.leftovers() == std::vector<std::string>{});
  CHECK(world.host().database().named("old_").empty());
}

TEST_CASE("a standby that somebody removed is passed over, and the next fill cleans up after it", "[frappe][pool]") {
  SiteWorld world(BenchWay::here, k_pool);
  REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
  for (const auto& entry : std::filesystem::directory_iterator(world.host().bench() / "sites")) {
    if (entry.path().filename().string().starts_with("api.pool-")) std::filesystem::remove_all(entry.path());
  }

  const auto made = world.tenantctl(k_create_frappe);

  CHECK(first_step(made) == "site");
  CHECK(pool_of(world)["claimed"] == 1);
  REQUIRE(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
  CHECK(world.host().database().named("erp_").find("erp_") != std::string::npos);
  world.sql("update pool_entries set claimed_at = claimed_at - interval '11 minutes'");
  drain_to_nothing(world);
}

TEST_CASE("standby sites of a host that the stack has left are not forgotten", "[frappe][pool]") {
  SiteWorld world(BenchWay::here, k_pool);
  REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
  const auto config = read_text(world.config());
  auto changed = config;
  changed.replace(changed.find("host: web"), 9, "host: frappe1");
  write_text(world.config(), changed);

  const auto drained = world.tenantctl({"pool", "drain", "--yes", "-o", "json"});

  CHECK(drained.status == 1);
  CHECK_THAT(drained.out + drained.err, Contains("is on host \\\"web\\\"") && Contains("put host: web back"));
  CHECK(pool_of(world)["stale"] == 1);
  write_text(world.config(), config);
  drain_to_nothing(world);
}

TEST_CASE("a host that is out of reach costs the pool of sites nothing", "[frappe][pool]") {
  SiteWorld world(BenchWay::by_ssh, k_pool);
  REQUIRE(world.tenantctl({"pool", "fill"}).status == 0);
  const auto config = read_text(world.config());
  world.lead_through(1);

  const auto made = world.tenantctl(k_create_frappe);

  CHECK(made.status == 9);
  write_text(world.config(), config);
  CHECK(pool_of(world)["ready"] == 1);
  drain_to_nothing(world);
}

TEST_CASE("an app that the bench does not have fails the create, which is undone, and the hint says what to do", "[frappe]") {
  SiteWorld world(BenchWay::here);
  world.host().set_fault("broken_app", "erpnext");

  const auto made = world.tenantctl(k_create_frappe);

  CHECK(made.status == 1);
  CHECK_THAT(made.error()["message"].get<std::string>(), Contains("No module named 'erpnext'"));
  CHECK_THAT(made.error()["hint"].get<std::string>(), Contains("bench get-app erpnext"));
  CHECK(world.leftovers().empty());
}

TEST_CASE("stale web workers fail the create, which is undone", "[frappe]") {
  SiteWorld world(BenchWay::here);
  world.host().set_fault("stale_workers");

  const auto made = world.tenantctl(k_create_frappe);

  CHECK(made.status == 1);
  CHECK(made.error()["code"] == "http_check_failed");
  CHECK_THAT(made.error()["hint"].get<std::string>(), Contains("bench restart"));
  CHECK(world.leftovers().empty());
}

TEST_CASE("with block_login the login's pages answer 403 with their texts, and the rest is served", "[frappe]") {
  SiteWorld world(BenchWay::here, "    block_login: true");
  const auto made = world.tenantctl(k_create_frappe);
  INFO(made.err);
  REQUIRE(made.status == 0);

  for (const char* path : {"/login", "/login/", "//login", "/%6cogin", "/Login", "/login?redirect-to=/app", "/signup", "/api/method/login",
                           "/api/v2/method/login"}) {
    INFO(path);
    CHECK_THAT(world.ask("api.acme.yourapp.test", path), StartsWith("HTTP/1.1 403") && Contains("switched off on this host."));
    CHECK_THAT(world.ask("acme.yourapp.test", path), StartsWith("HTTP/1.1 403"));
  }
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/api/method/login", "usr=a&pwd=b"), StartsWith("HTTP/1.1 403"));
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/login-help"), StartsWith("HTTP/1.1 200"));
  CHECK(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
}

TEST_CASE("a dry run shows the steps of a site and makes nothing", "[frappe]") {
  SiteWorld world(BenchWay::by_ssh);
  auto command = k_create_frappe;
  command.emplace_back("--dry-run");

  const auto shown = world.tenantctl(command);

  INFO(shown.err);
  CHECK(shown.status == 0);
  CHECK_THAT(shown.out, Contains("make site \\\"api.acme.yourapp.test\\\"") && Contains("administrator"));
  CHECK(world.leftovers().empty());
}

TEST_CASE("what is configured reaches a site as one value of its site_config, and a rollback still removes all of it", "[frappe]") {
  SiteWorld world(BenchWay::by_ssh);
  auto command = k_create_frappe;
  command.insert(command.end(), {"--set", "currency=EUR"});
  REQUIRE(world.tenantctl(command).status == 0);
  const auto given = [&] {
    return nlohmann::json::parse(read_text(world.host().site("api.acme.yourapp.test") / "site_config.json"))
        .value("tenantctl", nlohmann::json());
  };
  CHECK(given() == nlohmann::json{{"version", 0}, {"values", {{"currency", "EUR"}}}});

  const auto set = world.tenantctl({"config", "set", "acme", "branding.name", "O'Neil \\ \"Söhne\"\n{x} $(id)"});
  INFO(set.err);
  REQUIRE(set.status == 0);
  REQUIRE(world.tenantctl({"config", "set", "acme", "features.reports", "true"}).status == 0);
  REQUIRE(world.tenantctl({"config", "unset", "acme", "currency"}).status == 0);

  CHECK(given() ==
        nlohmann::json{{"version", 3}, {"values", {{"branding.name", "O'Neil \\ \"Söhne\"\n{x} $(id)"}, {"features.reports", true}}}});
  CHECK(world.tenantctl({"verify", "acme"}).status == 0);
  CHECK(world.tenantctl({"key", "create", "acme"}).status == 0);
  CHECK(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
  CHECK(world.leftovers().empty());
}

TEST_CASE("a site that no tenant owns is found by doctor and removed with its database; what is not ours is left alone", "[frappe]") {
  SiteWorld world(GENERATE(BenchWay::here, BenchWay::by_ssh));
  write_text(world.host().site("by.hand") / "site_config.json", R"({"db_name": "by_hand"})");
  REQUIRE(world.tenantctl(k_create_frappe).status == 0);
  const auto well = world.tenantctl({"doctor", "-o", "json"});
  INFO(well.out << well.err);
  CHECK(well.status == 0);

  world.forget_everything();
  const auto ill = world.tenantctl({"doctor", "-o", "json"});
  const auto fixed = world.tenantctl({"doctor", "--fix", "--include-unknown", "--yes", "-o", "json"});

  CHECK(ill.status == 7);
  std::vector<std::string> orphans;
  const auto report = ill.json();
  for (const auto& orphan : report["orphans"])
    orphans.push_back(orphan["kind"].get<std::string>() + " " + orphan["name"].get<std::string>());
  CHECK(std::ranges::count(orphans, "site api.acme.yourapp.test") == 1);
  CHECK(orphans.size() == 4);  // with the credentials and both routes
  INFO(fixed.out << fixed.err);
  CHECK(fixed.status == 0);
  CHECK(world.leftovers() == std::vector<std::string>{world.host().site("by.hand").string()});
}

TEST_CASE("a live site whose claim vanished is missed by doctor", "[frappe]") {
  SiteWorld world(BenchWay::here);
  REQUIRE(world.tenantctl(k_create_frappe).status == 0);
  const auto claim = world.host().bench() / ".tenantctl/api.acme.yourapp.test.claim";
  std::filesystem::rename(claim, claim.string() + ".aside");

  const auto ill = world.tenantctl({"doctor", "-o", "json"});

  CHECK(ill.status == 7);
  CHECK(ill.json()["missing"][0]["kind"] == "site");
  std::filesystem::rename(claim.string() + ".aside", claim);
  CHECK(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
}

TEST_CASE("what this version can't do with a site is refused with status 5 and bench's own way, and nothing is touched", "[frappe]") {
  SiteWorld world(BenchWay::here);
  REQUIRE(world.tenantctl(k_create_frappe).status == 0);
  const auto site = world.host().site("api.acme.yourapp.test") / "site_config.json";
  const auto before = read_text(site);

  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"backup", "acme"},
                                             {"restore", "acme", "--from", "newest", "--yes"},
                                             {"restore", "acme", "--drop-old", "--yes"},
                                             {"clone", "acme", "acme-two"},
                                             {"export", "acme", "--to", (world.credentials() / "out").string()},
                                             {"delete", "acme", "--yes"}}) {
    auto command = args;
    command.insert(command.end(), {"-o", "json"});
    const auto refused = world.tenantctl(command);
    INFO(args[0] << " " << args[2 % args.size()] << ": " << refused.err);
    CHECK(refused.status == 5);
    CHECK(refused.error()["code"] == "state_conflict");
    CHECK_THAT(refused.error()["hint"].get<std::string>(), Contains("bench --site api.acme.yourapp.test"));
  }

  CHECK(read_text(site) == before);
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/api/method/ping"), StartsWith("HTTP/1.1 200"));
  CHECK(world.tenantctl({"rollback", "acme", "--yes"}).status == 0);
  CHECK(world.leftovers().empty());
}

TEST_CASE("a site has custom domains, is cancelled, and is deleted without a backup, with a receipt and nothing left", "[frappe]") {
  SiteWorld world(BenchWay::by_ssh);
  REQUIRE(world.tenantctl(k_create_frappe).status == 0);

  const auto added = world.tenantctl({"domain", "add", "acme", "shop.acme-corp.test", "--force-unverified", "-o", "json"});
  INFO(added.err);
  REQUIRE(added.status == 0);
  CHECK_THAT(world.ask("shop.acme-corp.test", "/api/method/ping"), StartsWith("HTTP/1.1 200") && Contains("pong"));
  REQUIRE(world.tenantctl({"cancel", "acme", "--yes"}).status == 0);
  CHECK_THAT(world.ask("shop.acme-corp.test", "/app"), StartsWith("HTTP/1.1 403"));
  CHECK_THAT(world.ask("api.acme.yourapp.test", "/api/method/ping"), StartsWith("HTTP/1.1 403"));
  CHECK(world.tenantctl({"activate", "acme"}).status == 5);

  const auto deleted = world.tenantctl({"delete", "acme", "--no-backup", "--yes", "-o", "json"});

  INFO(deleted.err);
  REQUIRE(deleted.status == 0);
  const auto removed = nlohmann::json::parse(deleted.out)["receipt"]["removed"];
  CHECK(removed["site"] == "api.acme.yourapp.test");
  CHECK(removed["domains"] == nlohmann::json{"shop.acme-corp.test"});
  CHECK(world.ask("shop.acme-corp.test", "/").empty());
  CHECK(world.leftovers() == std::vector<std::string>{"1 tenants in the control database"});  // a deleted tenant's row stays
}
