// verify-isolation by the real binary: what it says, what it keeps, what it closes. The holes themselves:
// tests/fault/planted_breaches_test.cpp.
#include <catch2/catch.hpp>

#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

class Fleet {
 public:
  Fleet() {
    for (const auto* slug : {"apart-a", "apart-b"}) LiveSandbox::get().create(slug);
  }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet() {
    for (const auto* slug : {"apart-a", "apart-b"}) LiveSandbox::get().remove(slug);
  }
};

std::string database_of(const std::string& slug) {
  return LiveSandbox::get().run({"show", slug, "-o", "json"}).json()["tenant"]["database"].get<std::string>();
}

std::string replaced(std::string text, const std::string& word, const std::string& value) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size())) text.replace(at, word.size(), value);
  return text;
}

/// The verdicts of a probe, of all tenants, as one word each.
std::vector<std::string> verdicts(const CliResult& result, const std::string& probe) {
  std::vector<std::string> found;
  const auto document = result.json();
  for (const auto& tenant : document["tenants"]) {
    for (const auto& finding : tenant["findings"]) {
      if (finding["probe"] == probe) found.push_back(finding["verdict"]);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("tenants that were just made are isolated, no server is changed, and the result is kept and told by show and audit") {
  const auto& sandbox = LiveSandbox::get();
  const Fleet fleet;

  const auto all = sandbox.run({"verify-isolation", "--all", "-o", "json"});

  INFO(all.out << all.err);
  CHECK(all.status == 0);
  const auto document = all.json();
  CHECK(document["isolated"] == true);
  CHECK(document["tenants"].size() == 2);
  CHECK(document["tenants"][0]["tries"] > 80);
  for (const auto* probe : {"connect-tenant", "set-role-owner", "run-program", "tenant-header", "key-of-another", "credentials-file"}) {
    INFO(probe);
    CHECK(document["tenants"][0]["probes"].contains(probe));
  }
  CHECK(document["servers"][0]["untouched"] == true);
  const auto shown = sandbox.run({"show", "apart-a", "-o", "json"}).json()["tenant"]["isolation"];
  CHECK(shown["breaches"] == 0);
  CHECK(shown["tries"] == document["tenants"][0]["tries"]);
  CHECK_THAT(sandbox.run({"show", "apart-a"}).out, Contains("isolation") && Contains("ok, "));
  CHECK_THAT(sandbox.run({"audit", "apart-a"}).out, Contains("isolation.verified"));
  const auto table = sandbox.run({"verify-isolation", "apart-a", "--sample", "1"});
  CHECK(table.status == 0);
  CHECK_THAT(table.out, Contains("are as they were before") && Contains("1 tenant, ") && Contains("0 breaches, 0 inconclusive"));
}

TEST_CASE("a breach is shown with what closes it, --fix asks, closes it and looks again, and a baseline can live with it") {
  const auto& sandbox = LiveSandbox::get();
  const Fleet fleet;
  const auto database = database_of("apart-b");
  sandbox.sql("grant connect on database " + database + " to public");

  const auto open = sandbox.run({"verify-isolation", "apart-a", "apart-b"});
  CHECK(open.status == 7);
  CHECK_THAT(open.out, Contains("breach connect-tenant (critical): apart-a -> apart-b") &&
                           Contains("revoke all on database " + database + " from public"));
  CHECK_THAT(sandbox.run({"show", "apart-b"}).out, Contains("BREACHED"));

  const auto baseline = sandbox.dir() / "accepted.yaml";
  write_text(baseline, replaced("accepted:\n"
                                "  - { probe: connect-tenant, object: apart-b, WHY }\n"
                                "  - { probe: database-acl, tenant: apart-b, detail: everybody holds CONNECT on its database, WHY }\n"
                                "  - { probe: read-catalog, object: apart-b, WHY }\n",
                                "WHY", "verdict: breach, reason: until Monday, until: 2999-01-01"));
  const auto accepted = sandbox.run({"verify-isolation", "--all", "--baseline", baseline.string(), "-o", "json"});
  INFO(accepted.out);
  CHECK(accepted.status == 0);
  CHECK(verdicts(accepted, "connect-tenant") == std::vector<std::string>{"accepted"});
  const auto in_vain = sandbox.run({"verify-isolation", "--all", "--fix", "-o", "json"});
  CHECK(in_vain.status == 2);
  CHECK(in_vain.error()["code"] == "confirmation_required");

  const auto fixed = sandbox.run({"verify-isolation", "--all", "--fix", "--yes"});

  INFO(fixed.out << fixed.err);
  CHECK(fixed.status == 0);
  CHECK_THAT(fixed.err, Contains("revoke all on database " + database + " from public"));
  CHECK(sandbox.run({"verify-isolation", "--all"}).status == 0);
  CHECK(sandbox.run({"verify", "apart-b"}).status == 0);
  std::filesystem::remove(baseline);
}

TEST_CASE("what can't be tried is inconclusive, and fails") {
  const auto& sandbox = LiveSandbox::get();
  const Fleet fleet;
  const auto file = sandbox.dir() / "credentials/demo/apart-a.json";
  const auto aside = sandbox.dir() / "aside.json";
  std::filesystem::rename(file, aside);
  const auto nameless = sandbox.run({"verify-isolation", "apart-a", "-o", "json"});
  std::filesystem::rename(aside, file);
  CHECK(nameless.status == 7);
  CHECK(verdicts(nameless, "log-in") == std::vector<std::string>{"inconclusive"});

  const auto config = changed_config("no_whoami.yaml", {{"    whoami: { path: /whoami, expect: '\"code\":\"{code}\"' }\n", ""}});
  const auto unmarked = sandbox.run({"verify-isolation", "apart-a", "-o", "json", "--config", config.string()});
  CHECK(unmarked.status == 7);
  CHECK(verdicts(unmarked, "own-page") == std::vector<std::string>{"inconclusive"});

  sandbox.stop_postgres(SIGINT);
  const auto dead = sandbox.run({"verify-isolation", "apart-a", "-o", "json"});
  LiveSandbox::get().repair();
  CHECK(dead.status == 9);
}

TEST_CASE("a suspended tenant is tried at its doors and pages, and no password is shown by any of it") {
  const auto& sandbox = LiveSandbox::get();
  const Fleet fleet;
  const auto password = nlohmann::json::parse(read_text(sandbox.dir() / "credentials/demo/apart-b.json"))["password"].get<std::string>();
  REQUIRE(sandbox.run({"suspend", "apart-b", "--no-backup"}).status == 0);

  const auto result = sandbox.run({"verify-isolation", "--all", "-o", "json", "-v"});
  REQUIRE(sandbox.run({"activate", "apart-b"}).status == 0);

  INFO(result.out);
  CHECK(result.status == 0);
  const auto document = result.json();
  CHECK(document["tenants"][1]["probes"]["suspended-login"] == 1);
  CHECK(document["tenants"][1]["probes"]["suspended-page"] == 2);
  CHECK_THAT(result.out + result.err, !Contains(password));
}

TEST_CASE("verify-isolation wants tenants or --all, refuses what it does not know, and lists its probes") {
  const auto& sandbox = LiveSandbox::get();
  CHECK(sandbox.run({"verify-isolation"}).status == 2);
  CHECK(sandbox.run({"verify-isolation", "acme", "--all"}).status == 2);
  CHECK(sandbox.run({"verify-isolation", "nobody"}).status == 4);
  CHECK(sandbox.run({"verify-isolation", "--all", "--baseline", "/nowhere.yaml", "-o", "json"}).error()["code"] == "file_not_found");
  CHECK_THAT(sandbox.run({"verify-isolatoin", "--all"}).err, Contains("did you mean \"verify-isolation\"?"));
  CHECK(sandbox.run({"list", "-o", "junit"}).status == 2);
  CHECK_THAT(sandbox.run({"verify-isolation", "--all", "-o", "junit"}).out, Contains("<testsuites"));
  const auto probes = sandbox.run({"verify-isolation", "--list-probes", "-o", "json"}).json()["probes"];
  CHECK(probes.size() > 60);
}
