// `domain add|remove|list|verify`, as operators and visitors see them. Real binary, real PostgreSQL, nginx and application; tenants
// with a database and tenants with a schema.
#include <catch2/catch.hpp>

#include "support/live_sandbox.hpp"
#include "support/one_page.hpp"

using namespace tenantctl::test;
using Catch::Contains;
using nlohmann::json;

namespace {

constexpr const char* k_shop = "shop.acme-corp.test";

CliResult domain(const std::vector<std::string>& args) {
  std::vector<std::string> all{"domain"};
  all.insert(all.end(), args.begin(), args.end());
  all.insert(all.end(), {"-o", "json"});
  return LiveSandbox::get().run(all);
}

json done(const std::vector<std::string>& args) {
  const auto result = domain(args);
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  return result.json();
}

void check_refused(const CliResult& result, int status, const std::string& code, const std::string& words) {
  INFO(result.out << result.err);
  REQUIRE(result.status == status);
  CHECK(result.error()["code"] == code);
  CHECK_THAT(result.error()["message"].get<std::string>(), Contains(words));
}

std::string ping(const std::string& host) { return LiveSandbox::get().get(host, "/api/method/ping"); }

std::string front_page(const std::string& host) { return LiveSandbox::get().get(host, "/"); }

std::vector<std::string> actions_of(const std::string& tenant) {
  return LiveSandbox::get().sql(
      "select action || ' ' || (details ->> 'domain') from audit_log where tenant = '" + tenant + "' and details ? 'domain' order by id",
      "tenantctl");
}

}  // namespace

TEST_CASE("a forced custom domain shows the tenant's own pages, 403 while it is suspended, and nothing once it is removed") {
  auto& sandbox = LiveSandbox::get();
  const std::string stack = GENERATE("demo", "shared");
  const auto made = sandbox.create("acme", {"--stack", stack});
  CHECK(front_page(k_shop).empty());

  const auto added = done({"add", "acme", k_shop, "--force-unverified"});

  CHECK(added["domain"]["state"] == "routed");
  CHECK(added["domain"]["verified_at"].is_null());
  CHECK(added["operation"].is_string());
  CHECK_THAT(ping(k_shop), Contains("pong"));
  CHECK(front_page(k_shop) == front_page("acme.yourapp.test"));
  CHECK(sandbox.run({"show", "acme", "-o", "json"}).json()["tenant"]["domains"].dump() ==
        R"(["acme.yourapp.test","api.acme.yourapp.test","shop.acme-corp.test"])");
  CHECK(done({"add", "acme", k_shop, "--force-unverified"})["operation"].is_null());

  REQUIRE(sandbox.run({"suspend", "acme"}).status == 0);
  CHECK(front_page(k_shop) == "403\nAccount suspended. Please contact support.\n");
  done({"add", "acme", "www.acme-corp.test", "--force-unverified"});
  CHECK(front_page("www.acme-corp.test") == "403\nAccount suspended. Please contact support.\n");
  REQUIRE(sandbox.run({"activate", "acme"}).status == 0);
  CHECK_THAT(ping("www.acme-corp.test"), Contains("pong"));

  const auto verified = sandbox.run({"verify", "acme", "-o", "json"});
  CHECK(verified.status == 0);
  CHECK_THAT(verified.out, Contains("domain shop.acme-corp.test") && Contains("domain www.acme-corp.test"));

  done({"remove", "acme", k_shop});
  CHECK(front_page(k_shop).empty());
  CHECK_THAT(ping("www.acme-corp.test"), Contains("pong"));
  CHECK(done({"list", "acme"})["domains"].size() == 1);
  CHECK(actions_of(made["tenant"]["id"].get<std::string>()) ==
        std::vector<std::string>{"domain_reserve.succeeded shop.acme-corp.test", "domain_add.started shop.acme-corp.test",
                                 "domain_add.succeeded shop.acme-corp.test", "domain_reserve.succeeded www.acme-corp.test",
                                 "domain_add.started www.acme-corp.test", "domain_add.succeeded www.acme-corp.test",
                                 "domain_remove.started shop.acme-corp.test", "domain_remove.succeeded shop.acme-corp.test"});

  sandbox.remove("acme");  // with a domain that is still there
  CHECK(front_page("www.acme-corp.test").empty());
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a domain is reserved until its proof is found, and then it is routed") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("acme");

  const auto reserved = done({"add", "acme", k_shop});
  const auto token = reserved["domain"]["token"].get<std::string>();

  CHECK(reserved["domain"]["state"] == "reserved");
  CHECK(reserved["domain"]["proof_url"] == "http://shop.acme-corp.test/.well-known/tenantctl-challenge.txt");
  CHECK(front_page(k_shop).empty());
  CHECK(done({"add", "acme", k_shop})["domain"]["token"] == token);
  {
    const OnePage echo("/elsewhere", "");
    check_refused(domain({"verify", "acme", k_shop, "--at", echo.url()}), 7, "check_failed", "answers with 404");
    const OnePage wrong("/.well-known/tenantctl-challenge.txt", "not " + token);
    check_refused(domain({"verify", "acme", k_shop, "--at", wrong.url()}), 7, "check_failed", "holds something else than the token");
  }
  check_refused(domain({"verify", "acme", k_shop, "--at", "http://127.0.0.1:1"}), 7, "check_failed", "can't be reached");
  CHECK(front_page(k_shop).empty());

  const OnePage page("/.well-known/tenantctl-challenge.txt", token + "\n");
  const auto proved = done({"verify", "acme", k_shop, "--at", page.url()});

  CHECK(proved["domain"]["state"] == "routed");
  CHECK(proved["domain"]["verified_at"].is_string());
  CHECK_THAT(ping(k_shop), Contains("pong"));
  done({"verify", "acme", k_shop, "--at", page.url()});
  sandbox.remove("acme");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a domain belongs to one tenant, from its reservation until it is given up") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("acme");
  sandbox.create("globex");
  done({"add", "acme", k_shop});

  check_refused(domain({"add", "globex", k_shop, "--force-unverified"}), 5, "domain_taken", "belongs to tenant \"acme\"");
  check_refused(domain({"verify", "globex", k_shop}), 4, "domain_not_found", "tenant \"globex\" has no custom domain");
  check_refused(domain({"remove", "globex", k_shop}), 4, "domain_not_found", "tenant \"globex\" has no custom domain");
  CHECK(front_page(k_shop).empty());

  done({"remove", "acme", k_shop});
  done({"add", "globex", k_shop, "--force-unverified"});
  CHECK(front_page(k_shop) == front_page("globex.yourapp.test"));
  sandbox.remove("acme");
  sandbox.remove("globex");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("names below the operator's domain, wildcards, addresses and international letters are refused before anything is touched") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("acme");
  for (const std::string name : {"globex.yourapp.test", "yourapp.test", "*.acme-corp.test", "127.0.0.1",
                                 "b\xc3\xbc"
                                 "cher.test",
                                 "shop.localhost", "shop"}) {
    check_refused(domain({"add", "acme", name, "--force-unverified"}), 2, "bad_value", "custom domain");
  }
  check_refused(domain({"add", "nobody", k_shop}), 4, "tenant_not_found", "nobody");
  CHECK(done({"list", "acme"})["domains"].empty());

  REQUIRE(sandbox.run({"cancel", "acme", "--yes"}).status == 0);
  check_refused(domain({"add", "acme", k_shop, "--force-unverified"}), 5, "state_conflict", "is cancelled");
  sandbox.remove("acme");
}

TEST_CASE("doctor tells of a domain's file whose domain was given up, and of a routed domain without one, and removes the former") {
  auto& sandbox = LiveSandbox::get();
  const auto id = sandbox.create("acme")["tenant"]["id"].get<std::string>();
  done({"add", "acme", k_shop, "--force-unverified"});
  const auto folder = sandbox.dir() / "nginx/tenantctl/domains/acme";
  CHECK(sandbox.run({"doctor"}).status == 0);
  const auto ours = read_text(folder / "shop.acme-corp.test.map");
  std::filesystem::remove(folder / "shop.acme-corp.test.map");
  write_text(folder / "stray.acme-corp.test.map", "# tenantctl tenant=" + id + " slug=acme\nstray.acme-corp.test acme.yourapp.test;\n");

  const auto found = sandbox.run({"doctor", "-o", "json"});

  CHECK(found.status == 7);
  REQUIRE(found.json()["orphans"].size() == 1);
  CHECK(found.json()["orphans"][0]["kind"] == "domain_file");
  CHECK_THAT(found.json()["orphans"][0]["name"].get<std::string>(), Contains("stray.acme-corp.test.map"));
  REQUIRE(found.json()["missing"].size() == 1);
  CHECK_THAT(found.json()["missing"][0]["name"].get<std::string>(), Contains("shop.acme-corp.test.map"));

  write_text(folder / "shop.acme-corp.test.map", ours);
  const auto fixed = sandbox.run({"doctor", "--fix", "--yes", "-o", "json"});
  INFO(fixed.out << fixed.err);
  CHECK_FALSE(std::filesystem::exists(folder / "stray.acme-corp.test.map"));
  CHECK(front_page("stray.acme-corp.test").empty());
  CHECK_THAT(ping(k_shop), Contains("pong"));
  CHECK(sandbox.run({"doctor"}).status == 0);
  sandbox.remove("acme");
  CHECK(sandbox.inventory() == Inventory{});
}
