// Several database servers for one stack: where tenants go, and `servers list`. Real binary, two real PostgreSQLs.
#include <catch2/catch.hpp>

#include <algorithm>

#include "support/postgres_session.hpp"
#include "support/second_server.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

std::string server_of(const nlohmann::json& created) { return created["tenant"]["server"]; }

CliResult try_create(const std::string& slug, std::vector<std::string> more = {}) {
  std::vector<std::string> args{"create", slug, "--email", "admin@acme.test", "-o", "json"};
  args.insert(args.end(), more.begin(), more.end());
  return sandbox().run(args);
}

nlohmann::json listed(const std::string& name) {
  const auto servers = sandbox().run({"servers", "list", "-o", "json"}).json()["servers"];
  const auto found = std::ranges::find_if(servers, [&](const nlohmann::json& server) { return server["name"] == name; });
  REQUIRE(found != servers.end());
  return *found;
}

/// The tenants that `list` shows with these arguments.
void remove_all(std::vector<std::string> filter) {
  filter.insert(filter.begin(), {"list", "-o", "json"});
  const auto listed = sandbox().run(filter).json();
  for (const auto& tenant : listed["tenants"]) sandbox().remove(tenant["slug"]);
}

std::size_t databases_on(const PostgresCluster& cluster) {
  return std::stoul(ask(session(cluster.url()), "select count(*) from pg_database where datname like 'demo\\_%'"));
}

}  // namespace

TEST_CASE("tenants go to the server with the fewest, live there, and are taken away from there") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second;

  CHECK(server_of(sandbox.create("first")) == "local");
  CHECK(server_of(sandbox.create("second")) == "second");
  CHECK(server_of(sandbox.create("third")) == "local");
  const auto named = sandbox.create("fourth", {"--server", "second"});

  CHECK(server_of(named) == "second");
  CHECK(sandbox.is_live("first"));
  CHECK(sandbox.is_live("second"));
  CHECK(databases_on(second.cluster()) == 2);
  CHECK(listed("second")["tenants"] == 2);
  const auto doctor = sandbox.run({"doctor"});
  INFO(doctor.out);
  CHECK(doctor.status == 0);
  CHECK(sandbox.run({"verify", "--all"}).status == 0);
  for (const auto* slug : {"first", "second", "third", "fourth"}) sandbox.remove(slug);
  CHECK(databases_on(second.cluster()) == 0);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a server of twice the weight gets twice as many, one that is full or draining none, and then create says so with 8") {
  auto& sandbox = LiveSandbox::get();
  {
    const SecondServer second("", ", weight: 2, max_tenants: 2");
    CHECK(server_of(sandbox.create("one")) == "local");
    CHECK(server_of(sandbox.create("two")) == "second");
    CHECK(server_of(sandbox.create("three")) == "second");
    CHECK(server_of(try_create("four", {"--idempotency-key", "four-1"}).json()) == "local");
    CHECK(listed("second")["state"] == "full");
    CHECK(listed("local")["state"] == "open");
    for (const auto* slug : {"two", "three"}) sandbox.remove(slug);
  }
  const SecondServer second(", max_tenants: 2", ", draining: true");

  const auto full = try_create("five");
  const auto draining = try_create("five", {"--server", "second"});
  const auto unknown = try_create("five", {"--server", "third"});

  CHECK(full.status == 8);
  CHECK(full.error()["code"] == "limit_reached");
  CHECK_THAT(full.error()["message"].get<std::string>(), Contains("\"local\" has 2 of 2, \"second\" is draining"));
  CHECK(try_create("one").status == 5);  // that is there already
  const auto repeated = try_create("four", {"--idempotency-key", "four-1"});
  CHECK(repeated.status == 0);
  CHECK(repeated.json()["repeated"] == true);
  CHECK(try_create("four", {"--idempotency-key", "four-1", "--server", "second"}).status == 5);
  CHECK(draining.status == 5);
  CHECK_THAT(draining.error()["message"].get<std::string>(), Contains("draining"));
  CHECK(unknown.status == 5);
  CHECK_THAT(unknown.error()["hint"].get<std::string>(), Contains("local, second"));
  CHECK(listed("second")["state"] == "draining");
  const auto doctor = sandbox.run({"doctor"});
  CHECK(doctor.status == 7);
  CHECK_THAT(doctor.out, Contains("no server of stack \"demo\" takes more tenants"));
  for (const auto* slug : {"one", "four"}) sandbox.remove(slug);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a batch fills the servers evenly and stops, to be gone on with, where all are full") {
  auto& sandbox = LiveSandbox::get();
  {
    const SecondServer second(", max_tenants: 3", ", max_tenants: 3");
    const auto stopped =
        sandbox.run({"bulk-create", "--count", "8", "--prefix", "row", "--email", "a@b.test", "--batch", "places", "--jobs", "3"});
    INFO(stopped.err << stopped.out);
    CHECK(stopped.status != 0);
    CHECK(listed("local")["tenants"] == 3);
    CHECK(listed("second")["tenants"] == 3);
    CHECK_THAT(stopped.out + stopped.err, Contains("takes more tenants"));
    remove_all({"--server", "second"});
    CHECK(databases_on(second.cluster()) == 0);
  }
  const SecondServer second(", max_tenants: 8");
  const auto done = sandbox.run({"bulk-create", "--batch", "places", "--jobs", "3"});
  INFO(done.err << done.out);
  CHECK(done.status == 0);
  remove_all({});
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("the pool is spread over the servers, and a create takes what is ready on the best of them that has any") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second("", "", "    pool: { size: 2, low_water: 0 }\n");
  const auto filled = sandbox.run({"pool", "fill"});
  INFO(filled.err << filled.out);
  REQUIRE(filled.status == 0);
  CHECK(databases_on(second.cluster()) == 1);
  CHECK(sandbox.run({"doctor"}).status == 0);

  const auto first = sandbox.create("first");
  const auto other = sandbox.create("other");

  CHECK(server_of(first) == "local");
  CHECK(first["steps"][0]["step"] == "pooled");
  CHECK(server_of(other) == "second");
  CHECK(other["steps"][0]["step"] == "pooled");
  CHECK(sandbox.is_live("other"));
  for (const auto* slug : {"first", "other"}) sandbox.remove(slug);
  CHECK(databases_on(second.cluster()) == 0);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("servers list shows size, connections and free disk, and which server does not answer, with 9") {
  auto& sandbox = LiveSandbox::get();
  auto second = std::make_unique<SecondServer>(", disk: " + sandbox.dir().native(), ", disk: /nowhere", "    place_by: free_disk\n");
  const auto local = listed("local");
  CHECK(local["free_disk_bytes"].get<std::uint64_t>() > 1'000'000);
  CHECK(local["databases_bytes"].get<std::uint64_t>() > 1'000'000);
  CHECK(local["databases_unmeasured"] == 0);
  CHECK(local["connections"].get<int>() >= 1);
  CHECK(local["max_connections"].get<int>() > local["connections"].get<int>());
  CHECK(local["stacks"] == nlohmann::json{"demo", "shared"});
  CHECK(local["error"].is_null());
  CHECK_THAT(listed("second")["error"]["message"].get<std::string>(), Contains("df does not say"));
  // Nobody is placed by a disk that is not known.
  CHECK(try_create("nowhere").status == 3);
  const auto table = sandbox.run({"servers", "list"});
  CHECK(table.status == 0);
  CHECK_THAT(table.out, Contains("MiB") && Contains("disk of server second"));
  second.reset();

  {
    const ConfigInUse gone(
        changed_config("gone_server.yaml", {{"  local: { ", "  away: { url: \"postgresql://127.0.0.1:1/postgres\" }\n  local: { "}}));
    const auto result = sandbox.run({"servers", "list", "-o", "json"});
    CHECK(result.status == 9);
    CHECK(result.json()["servers"][0]["state"] == "unreachable");
    CHECK(result.json()["servers"][0]["error"]["code"] == "server_unreachable");
    CHECK(result.json()["servers"][0]["connections"].is_null());
    CHECK(result.json()["servers"][1]["state"] == "open");
  }
  CHECK(sandbox.run({"servers", "lst"}).status == 2);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a tenant is placed where the most disk is free") {
  auto& sandbox = LiveSandbox::get();
  // /proc has no room at all.
  const SecondServer second(", disk: /proc", ", disk: " + sandbox.dir().native(), "    place_by: free_disk\n");

  CHECK(server_of(sandbox.create("first")) == "second");
  CHECK(server_of(sandbox.create("other")) == "second");

  for (const auto* slug : {"first", "other"}) sandbox.remove(slug);
  CHECK(sandbox.inventory() == Inventory{});
}
