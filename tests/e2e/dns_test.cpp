// Tenants get records in the operator's zone: the real binary and a real BIND, asked by dig from outside.
#include <catch2/catch.hpp>

#include "support/background.hpp"
#include "support/bind_zone.hpp"
#include "support/cloudflare_standin.hpp"

using namespace tenantctl::test;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

/// Everything in it is by this configuration; the sandbox and the zone are as before afterwards.
struct ZoneInUse {
  ZoneInUse() : in_use(config_with_zone()) {}
  ZoneInUse(const ZoneInUse&) = delete;
  ZoneInUse& operator=(const ZoneInUse&) = delete;
  ~ZoneInUse() {
    CHECK(shared_bind().zone() == Lines{});
    CHECK(LiveSandbox::get().inventory() == Inventory{});
    LiveSandbox::get().free_names();
  }
  ConfigInUse in_use;
};

const Lines k_create_named{"create", "named-a", "--email", "admin@named.test", "-o", "json"};

}  // namespace

TEST_CASE("a tenant's hosts lead to nginx as soon as it is live, as long as it exists, and not any more once it is deleted", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;

  const auto made = sandbox.run(k_create_named);

  INFO(made.err);
  REQUIRE(made.status == 0);
  for (const auto* host : {"named-a.yourapp.test", "api.named-a.yourapp.test"}) {
    CHECK(shared_bind().dig(host, "A") == Lines{"192.0.2.10"});
    CHECK(shared_bind().dig(host, "AAAA") == Lines{"2001:db8::10"});
  }
  const auto id = sandbox.run({"show", "named-a", "-o", "json"}).json()["tenant"]["id"].get<std::string>();
  CHECK(shared_bind().dig("_tenantctl.named-a.yourapp.test", "TXT") == Lines{"\"tenantctl tenant=" + id + "\""});
  const auto health = sandbox.run({"verify", "named-a"});
  CHECK(health.status == 0);
  CHECK_THAT(health.out, Contains("zone \"yourapp.test\" has its 4 records"));
  CHECK(sandbox.run({"suspend", "named-a", "--no-backup"}).status == 0);
  CHECK(shared_bind().dig("named-a.yourapp.test", "A") == Lines{"192.0.2.10"});

  const auto gone = sandbox.run({"delete", "named-a", "--yes", "-o", "json"});

  INFO(gone.err);
  CHECK(gone.status == 0);
}

TEST_CASE("a dry run names the records, and an undo takes them away", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;

  const auto planned = sandbox.run({"create", "named-a", "--email", "admin@named.test", "--dry-run"});
  REQUIRE(sandbox.run(k_create_named).status == 0);
  const auto undone = sandbox.run({"rollback", "named-a", "--yes"});

  CHECK_THAT(planned.out,
             Contains("add 4 DNS records for \"named-a.yourapp.test\" and \"api.named-a.yourapp.test\" to zone \"yourapp.test\""));
  CHECK(undone.status == 0);
}

TEST_CASE("a name that somebody else uses in the zone refuses the tenant before anything is made, and stays as it is", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;
  shared_bind().change("update add api.named-a.yourapp.test 60 A 198.51.100.1");

  const auto made = sandbox.run(k_create_named);

  CHECK(made.status == 5);
  CHECK(made.error()["code"] == "foreign_object");
  CHECK(sandbox.run({"operations", "list", "named-a", "-o", "json"}).out.find("\"undone\"") == std::string::npos);
  CHECK_THAT(made.error()["message"].get<std::string>(), Contains("named-a.yourapp.test") && Contains("zone \"yourapp.test\""));
  CHECK(shared_bind().zone() == Lines{"api.named-a.yourapp.test. A 198.51.100.1"});
  const auto planned = sandbox.run({"create", "named-a", "--email", "admin@named.test", "--dry-run"});
  CHECK_THAT(planned.out, Contains("in the way: \"named-a.yourapp.test\" or a name beside it is in use"));
  shared_bind().change("update delete api.named-a.yourapp.test A");
}

TEST_CASE("a tenant whose zone takes no changes is not deleted, and nothing of it is touched", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;
  REQUIRE(sandbox.run(k_create_named).status == 0);
  shared_bind().stop();

  const auto gone = sandbox.run({"delete", "named-a", "--no-backup", "--yes", "-o", "json"});
  shared_bind().start();

  CHECK(gone.status == 9);
  CHECK(sandbox.is_live("named-a"));
  CHECK(sandbox.run({"rollback", "named-a", "--yes"}).status == 0);
}

TEST_CASE("a name of the tenant's to which somebody adds a record of his own is given up all the same", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;
  REQUIRE(sandbox.run(k_create_named).status == 0);
  shared_bind().change("update add named-a.yourapp.test 60 A 198.51.100.1");

  const auto gone = sandbox.run({"delete", "named-a", "--no-backup", "--yes", "-o", "json"});

  INFO(gone.err);
  CHECK(gone.status == 0);
  CHECK(shared_bind().zone() == Lines{"named-a.yourapp.test. A 198.51.100.1"});
  shared_bind().change("update delete named-a.yourapp.test A");
}

TEST_CASE("while the nameserver is down nothing is made, and the error names it", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;
  shared_bind().stop();

  const auto made = sandbox.run(k_create_named);
  const auto looked = sandbox.run({"doctor"});
  shared_bind().start();

  CHECK(made.status == 9);
  CHECK(made.error()["code"] == "dns_unreachable");
  CHECK_THAT(made.error()["message"].get<std::string>(), Contains(shared_bind().address()));
  CHECK(made.error()["retryable"] == true);
  CHECK(looked.status == 7);
  CHECK_THAT(looked.out, Contains("zone yourapp.test") && Contains("nameserver"));
  CHECK_THAT(sandbox.run({"doctor"}).out, Contains("takes updates signed by \"tenantctl\""));
}

TEST_CASE("verify sees records that went missing, and the secret of the key is in no output", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const ZoneInUse zone;
  REQUIRE(sandbox.run(k_create_named).status == 0);
  shared_bind().change("update delete named-a.yourapp.test A");

  const auto health = sandbox.run({"verify", "named-a"});

  CHECK(health.status == 7);
  CHECK_THAT(health.out, Contains("lacks some of its records") && Contains("dig @" + shared_bind().address()));
  const auto journal = sandbox.sql("select o::text from operations o union all select e::text from step_events e", "tenantctl");
  for (const auto& row : journal) CHECK_THAT(row, !Contains(shared_bind().secret()));
  CHECK_THAT(health.out + health.err, !Contains(shared_bind().secret()));
  CHECK(sandbox.run({"rollback", "named-a", "--yes"}).status == 0);
}

TEST_CASE("records that the operator adds by hand are printed, waited for, and looked at", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  auto& bind = shared_bind();
  const ConfigInUse in_use(changed_config(
      "manual.yaml", {{"dns: { provider: wildcard }",
                       "dns: { provider: manual, addresses: [\"192.0.2.10\"], ttl: 60, nameservers: [\"" + bind.address() + "\"] }"}}));
  const std::string snippet = "named-m.yourapp.test. 60 IN A 192.0.2.10\napi.named-m.yourapp.test. 60 IN A 192.0.2.10\n";

  const auto made = sandbox.run({"create", "named-m", "--email", "admin@named.test"});
  const auto printed = sandbox.run({"dns", "records", "named-m"});
  const auto in_vain = sandbox.run({"dns", "records", "named-m", "--wait", "500ms", "-o", "json"});
  Background waiting({"dns", "records", "named-m", "--wait", "20s"});
  const auto ill = sandbox.run({"verify", "named-m"});
  bind.change("update add named-m.yourapp.test 60 A 192.0.2.10");
  bind.change("update add api.named-m.yourapp.test 60 A 192.0.2.10");

  CHECK(made.status == 0);
  CHECK_THAT(made.out, Contains("add to your zone:\n" + snippet));
  CHECK(printed.out == snippet);
  CHECK(in_vain.status == 7);
  CHECK_THAT(in_vain.error()["message"].get<std::string>(), Contains("has no A 192.0.2.10 for named-m.yourapp.test, and 1 more"));
  CHECK(ill.status == 7);
  CHECK(waiting.wait().status == 0);
  CHECK(sandbox.run({"verify", "named-m"}).status == 0);
  const auto gone = sandbox.run({"delete", "named-m", "--no-backup", "--yes"});
  CHECK(gone.status == 0);
  CHECK_THAT(gone.err, Contains("dns records named-m"));
  CHECK(sandbox.run({"dns", "records", "named-m"}).out == snippet);
  bind.change("update delete named-m.yourapp.test A");
  bind.change("update delete api.named-m.yourapp.test A");
  sandbox.free_names();
}

TEST_CASE("a wildcard that leads elsewhere, or nowhere, is found", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const auto status_of = [&](const BindServer& bind, const std::string& target) {
    const ConfigInUse in_use(changed_config(
        "wild.yaml",
        {{"dns: { provider: wildcard }", "dns: { provider: wildcard, " + target + ", nameservers: [\"" + bind.address() + "\"] }"}}));
    const auto looked = sandbox.run({"doctor"});
    INFO(looked.out);
    CHECK((looked.out.find("*.yourapp.test leads to nginx") != std::string::npos) == (looked.status == 0));
    return looked.status;
  };
  const BindServer right("*  IN A 192.0.2.10\n*  IN AAAA 2001:db8::10\n"), without;

  CHECK(status_of(right, "addresses: [\"192.0.2.10\", \"2001:db8::10\"]") == 0);
  CHECK(status_of(right, "addresses: [\"192.0.2.11\"]") == 7);
  CHECK(status_of(without, "addresses: [\"192.0.2.10\"]") == 7);
}

TEST_CASE("a batch costs Cloudflare fewer changes than it has tenants, and a name in use fails its row alone", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const CloudflareStandin standin;
  const auto cloudflare = changed_config(
      "cloudflare.yaml",
      {{"dns: { provider: wildcard }",
        "dns: { provider: cloudflare, token: \"env:CF_TOKEN\", addresses: [\"192.0.2.10\"], api: \"" + standin.api() + "\" }"}});
  const ConfigInUse in_use(cloudflare);
  const std::vector<std::string> environment{std::string("CF_TOKEN=") + CloudflareStandin::k_token};
  standin.add("many-3.yourapp.test", "A", "198.51.100.1");
  standin.fail({{"delay_ms", 1500}, {"times", 1}, {"change", true}});

  const auto made = sandbox.run(
      {"bulk-create", "--count", "6", "--prefix", "many-", "--email", "admin@many.test", "--jobs", "6", "-o", "json"}, environment);
  const auto records = standin.lines().size();
  const auto changes = standin.additions().size();
  const auto requests = standin.requests();
  for (const auto* slug : {"many-1", "many-2", "many-4", "many-5", "many-6"})
    CHECK(sandbox.run({"delete", slug, "--no-backup", "--yes"}, environment).status == 0);

  INFO(made.out << made.err << requests << " requests");
  CHECK(made.status == 1);
  CHECK(records == 5 * 3 + 1);
  CHECK(changes < 5);
  CHECK(standin.lines() == std::vector<std::string>{"many-3.yourapp.test A 198.51.100.1"});
  sandbox.free_names();
}

TEST_CASE("a tenant's records are made at Cloudflare and go with it, and its token is in no output", "[dns]") {
  auto& sandbox = LiveSandbox::get();
  const CloudflareStandin standin;
  const auto cloudflare = changed_config(
      "cloudflare.yaml",
      {{"dns: { provider: wildcard }",
        "dns: { provider: cloudflare, token: \"env:CF_TOKEN\", addresses: [\"192.0.2.10\"], api: \"" + standin.api() + "\" }"}});
  const auto bind = config_with_zone();
  const ConfigInUse in_use(cloudflare);
  const std::vector<std::string> environment{std::string("CF_TOKEN=") + CloudflareStandin::k_token};

  const auto planned = sandbox.run({"create", "named-c", "--email", "admin@named.test", "--dry-run"}, environment);
  const auto made = sandbox.run({"create", "named-c", "--email", "admin@named.test", "-v"}, environment);
  const auto lines = standin.lines();
  const auto healthy = sandbox.run({"verify", "named-c"}, environment);
  const auto looked = sandbox.run({"doctor"}, environment);
  const auto without = sandbox.run({"doctor"});
  const auto elsewhere = [&] {
    const ConfigInUse other(bind);
    return sandbox.run({"delete", "named-c", "--no-backup", "--yes"}, environment);
  }();
  sandbox.use(cloudflare);
  const auto gone = sandbox.run({"delete", "named-c", "--no-backup", "--yes"}, environment);

  CHECK_THAT(planned.out, Contains("add 2 DNS records"));
  INFO(made.err);
  CHECK(made.status == 0);
  CHECK(lines.size() == 3);
  CHECK(healthy.status == 0);
  CHECK(looked.status == 0);
  CHECK(without.status == 7);
  CHECK_THAT(without.out, Contains("CF_TOKEN"));
  CHECK(elsewhere.status == 3);
  CHECK_THAT(elsewhere.err, Contains("were made by dns.provider \"cloudflare\""));
  CHECK(gone.status == 0);
  CHECK(standin.lines().empty());
  CHECK_THAT(planned.out + made.out + made.err + healthy.out + looked.out + gone.out + gone.err, !Contains("canary"));
  sandbox.free_names();
}
