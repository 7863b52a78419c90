// The zone by signed updates, against a real BIND; the fake keeps the same contract in tests/unit/pipeline/dns_zone_test.cpp.
#include <algorithm>
#include <thread>

#include "adapters/dns/nameservers.hpp"
#include "adapters/dns/rfc2136_zone.hpp"
#include "contract/dns_zone_contract.hpp"
#include "support/bind_server.hpp"
#include "support/free_port.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

DnsSettings settings_of(const BindServer& bind) {
  return {.provider = DnsProvider::rfc2136,
          .domain = BindServer::k_zone,
          .zone = BindServer::k_zone,
          .server = bind.address(),
          .nameservers = {bind.address()},
          .key_name = BindServer::k_key,
          .secret = {},
          .addresses = {"192.0.2.10", "2001:db8::10"},
          .cname = {},
          .patience = std::chrono::seconds(2)};
}

struct BindWorld {
  explicit BindWorld(const std::string& more = {}) : bind(more) {}

  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& line : bind.zone()) {
      auto text = line.substr(0, line.find(". ")) + line.substr(line.find(". ") + 1);
      std::erase(text, '"');
      lines.push_back(text);
    }
    std::ranges::sort(lines);
    return lines;
  }
  void add(const std::string& name, const std::string& type, const std::string& value) const {
    bind.change("update add " + name + " 60 " + type + " " + (type == "TXT" ? "\"" + value + "\"" : value));
  }
  void remove(const std::string& name, const std::string& type, const std::string& value) const {
    bind.change("update delete " + name + " " + type + " " + value);
  }

  BindServer bind;
  Rfc2136Zone zone{settings_of(bind), Secret(bind.secret())};
};

}  // namespace

TEST_CASE("a zone of a real BIND keeps the contract", "[dns]") { check_dns_zone_contract<BindWorld>(); }

TEST_CASE("where a wildcard answers for every name, none of them counts as in use", "[dns]") {
  BindWorld world("*  IN A 198.51.100.7\n*  IN TXT \"v=spf1 -all\"\n");
  const auto records = acme_records();

  CHECK(world.zone.check_free(records));
  REQUIRE(world.zone.publish(records));
  CHECK(world.bind.dig("acme.yourapp.test", "A") == std::vector<std::string>{"192.0.2.10"});
  REQUIRE(world.zone.withdraw(records));
  CHECK(world.bind.dig("acme.yourapp.test", "A") == std::vector<std::string>{"198.51.100.7"});
}

TEST_CASE("of eight who want one name at once, one gets it", "[dns]") {
  BindWorld world;
  std::vector<TenantRecords> rivals;
  for (int i = 0; i < 8; ++i)
    rivals.push_back(acme_records(std::string(1, static_cast<char>('1' + i)) + "0000000-bbbb-4ccc-8ddd-eeeeeeeeeeee"));
  std::vector<int> won(rivals.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < rivals.size(); ++i) {
      threads.emplace_back([&, i] {
        Rfc2136Zone zone(settings_of(world.bind), Secret(world.bind.secret()));
        won[i] = zone.publish(rivals[i]) ? 1 : 0;
      });
    }
  }

  CHECK(std::ranges::count(won, 1) == 1);
  CHECK(world.lines().size() == 5);
}

TEST_CASE("a wrong secret, another's key and another zone are refused by name, and the secret is in no message", "[dns]") {
  const BindWorld world;
  auto settings = settings_of(world.bind);
  auto secret = std::string("d3Jvbmctc2VjcmV0LWNhbmFyeQ==");
  auto records = acme_records();
  SECTION("secret") {}
  SECTION("key") { settings.key_name = "nobody"; }
  SECTION("zone") {
    secret = world.bind.secret();
    settings.zone = records.zone = "other.test";
  }
  Rfc2136Zone zone(settings, Secret(secret));

  const auto takes = zone.check();

  REQUIRE_FALSE(takes);
  CHECK(takes.error().code == ErrorCode::dns_refused);
  CHECK_THAT(full_message(takes.error()), Contains(world.bind.address()) && !Contains("d3Jv"));
  CHECK(takes.error().hint.find("dns.key") != std::string::npos);
}

TEST_CASE("a nameserver that is down is unreachable, and whoever asks may try again", "[dns]") {
  BindWorld world;
  world.bind.stop();

  const auto seen = world.zone.observe(acme_records());

  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == ErrorCode::dns_unreachable);
  CHECK(seen.error().retryable);
}

TEST_CASE("records that a second nameserver does not get to know end in time, and are in the zone", "[dns]") {
  const BindWorld world;
  const BindServer second;  // follows nobody
  auto settings = settings_of(world.bind);
  settings.nameservers.push_back(second.address());
  settings.patience = std::chrono::seconds(1);
  Rfc2136Zone zone(settings, Secret(world.bind.secret()));

  const auto made = zone.publish(acme_records());

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::dns_timeout);
  CHECK_THAT(made.error().message, Contains(second.address()));
  CHECK(zone.observe(acme_records())->presence == Presence::complete);
  REQUIRE(zone.withdraw(acme_records()));
  CHECK(world.lines().empty());
}

TEST_CASE("an operation that another process has taken over changes nothing more in the zone", "[dns]") {
  BindWorld world;
  world.zone.begin(lost_claim());

  const auto made = world.zone.publish(acme_records());

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::fenced);
  CHECK(world.lines().empty());
}

TEST_CASE("another text beside the mark is named, and keeps the records from being taken away", "[dns]") {
  BindWorld world;
  REQUIRE(world.zone.publish(acme_records()));
  world.add("_tenantctl.acme.yourapp.test", "TXT", "a note");

  const auto gone = world.zone.withdraw(acme_records());

  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == ErrorCode::foreign_object);
  CHECK_THAT(gone.error().message, Contains("another TXT record") && Contains("_tenantctl.acme.yourapp.test"));
  CHECK(world.lines().size() == 6);
}

TEST_CASE("a secret that is no base64 is told as such, and no server is blamed", "[dns]") {
  const BindWorld world;
  Rfc2136Zone zone(settings_of(world.bind), Secret("not base64 at all!"));

  const auto takes = zone.check();

  REQUIRE_FALSE(takes);
  CHECK(takes.error().code == ErrorCode::secret_unavailable);
}

TEST_CASE("a wait for a nameserver ends when the command is to stop", "[dns]") {
  const BindWorld world;
  const BindServer second;
  auto settings = settings_of(world.bind);
  settings.nameservers.push_back(second.address());
  settings.patience = std::chrono::seconds(60);
  Rfc2136Zone zone(settings, Secret(world.bind.secret()), [] { return std::optional(make_error(ErrorCode::interrupted, "stopped")); });

  const auto made = zone.publish(acme_records());

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::interrupted);
  REQUIRE(zone.withdraw(acme_records()));
}

TEST_CASE("a nameserver may be named by an IPv6 address", "[dns]") {
  const auto server = dns::nameserver_at("[::1]:5353");

  REQUIRE(server);
  CHECK(server->address == "::1");
  CHECK(server->port == 5353);
}

TEST_CASE("hosts may lead to a name instead of addresses", "[dns]") {
  BindWorld world;
  auto records = acme_records();
  records.records = {{records.records[0].name, "CNAME", "edge.example.test"}};

  REQUIRE(world.zone.publish(records));

  CHECK(world.bind.dig("acme.yourapp.test", "CNAME") == std::vector<std::string>{"edge.example.test."});
  CHECK(world.zone.observe(records)->presence == Presence::complete);
  REQUIRE(world.zone.withdraw(records));
  CHECK(world.lines().empty());
}

TEST_CASE("what a nameserver lacks is named, and what it has besides is nobody's fault", "[dns]") {
  const BindWorld world("edge IN A 192.0.2.10\nedge IN A 192.0.2.11\nwww IN CNAME edge\n");
  Nameservers lookup({world.bind.address()});
  // Where an alias leads there, the address is there.
  CHECK(lookup.missing({{*HostName::parse("www.yourapp.test"), "A", "192.0.2.10"}}).value().empty());
  const auto edge = *HostName::parse("edge.yourapp.test"), www = *HostName::parse("www.yourapp.test");

  CHECK(lookup.missing({{edge, "A", "192.0.2.10"}, {www, "CNAME", "edge.yourapp.test"}}).value().empty());
  const auto missing =
      lookup.missing({{edge, "A", "192.0.2.12"}, {edge, "AAAA", "2001:db8::10"}, {www, "CNAME", "other.yourapp.test"}}).value();
  CHECK(missing ==
        std::vector<std::string>{"nameserver " + world.bind.address() + " has no A 192.0.2.12 for edge.yourapp.test",
                                 "nameserver " + world.bind.address() + " has no AAAA 2001:db8::10 for edge.yourapp.test",
                                 "nameserver " + world.bind.address() + " has no CNAME other.yourapp.test for www.yourapp.test"});
}

TEST_CASE("without nameservers, the system's resolver is asked", "[dns]") {
  Nameservers lookup({});
  const auto loopback = *HostName::parse("127.0.0.1");  // what the system knows without asking anybody

  CHECK(lookup.missing({{loopback, "A", "127.0.0.1"}, {loopback, "CNAME", "127.0.0.1"}}).value().empty());
  CHECK(lookup.missing({{loopback, "A", "127.0.0.2"}, {loopback, "CNAME", "127.0.0.2"}}).value().size() == 2);
}
