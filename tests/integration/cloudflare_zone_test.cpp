// A zone at Cloudflare, against a stand-in for its API; the fake and a real BIND keep the same contract.
#include <algorithm>
#include <thread>

#include "adapters/dns/cloudflare_zone.hpp"
#include "contract/dns_zone_contract.hpp"
#include "support/bind_server.hpp"
#include "support/cloudflare_world.hpp"
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

struct CloudflareWorld {
  explicit CloudflareWorld(int limit = 1200, int window = 300) : standin(limit, window) {}
  std::vector<std::string> lines() const { return standin.lines(); }
  void add(const std::string& name, const std::string& type, const std::string& value) const { standin.add(name, type, value); }
  void remove(const std::string& name, const std::string& type, const std::string& value) const { standin.remove(name, type, value); }

  CloudflareStandin standin;
  Unlimited budget;
  CloudflareZone zone{cloudflare_settings(standin), Secret(CloudflareStandin::k_token), budget};
};

}  // namespace

TEST_CASE("a zone at Cloudflare keeps the contract", "[dns]") { check_dns_zone_contract<CloudflareWorld>(); }

TEST_CASE("a tenant's records at Cloudflare cost few requests, and are made and removed by one change each", "[dns]") {
  CloudflareWorld world;
  REQUIRE(world.zone.publish(acme_records()));
  CHECK(world.budget.taken == 3);  // the zone's id, what is there, and the change
  REQUIRE(world.zone.withdraw(acme_records()));
  CHECK(world.budget.taken == 5);
}

TEST_CASE("a name of which a tenant's is the end is another's", "[dns]") {
  CloudflareWorld world;
  world.add("myacme.yourapp.test", "A", "198.51.100.1");
  CHECK(world.zone.check_free(acme_records()));
  REQUIRE(world.zone.publish(acme_records()));
  REQUIRE(world.zone.withdraw(acme_records()));
  CHECK(world.lines() == std::vector<std::string>{"myacme.yourapp.test A 198.51.100.1"});
}

TEST_CASE("of eight who want one name at Cloudflare at once, one gets it", "[dns]") {
  const CloudflareStandin standin;
  std::vector<int> won(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < won.size(); ++i) {
      threads.emplace_back([&, i] {
        Unlimited budget;
        CloudflareZone zone(cloudflare_settings(standin), Secret(CloudflareStandin::k_token), budget);
        auto records = acme_records(std::string(1, static_cast<char>('1' + i)) + "0000000-bbbb-4ccc-8ddd-eeeeeeeeeeee");
        for (auto& record : records.records) record.value += std::to_string(i);  // else Cloudflare would refuse the second of these
        won[i] = zone.publish(records) ? 1 : 0;
      });
    }
  }
  CHECK(std::ranges::count(won, 1) == 1);
  CHECK(standin.lines().size() == 5);
}

TEST_CASE("nothing is lost or doubled where Cloudflare fails, is slow, or its answers are lost", "[dns]") {
  CloudflareWorld world;
  const auto how = GENERATE(R"({"status": 500, "times": 1})", R"({"status": 0, "times": 1})", R"({"status": 429, "times": 2})",
                            R"({"delay_ms": 300, "times": 3})", R"({"status": 500, "times": 1, "after": true})",
                            R"({"status": 0, "times": 1, "after": true})", R"({"status": 500, "times": 1, "change": true})",
                            R"({"status": 0, "times": 1, "change": true})", R"({"status": 500, "times": 1, "after": true, "change": true})",
                            R"({"status": 0, "times": 1, "after": true, "change": true})");
  INFO(how);
  const auto fault = nlohmann::json::parse(how);

  world.standin.fail(fault);
  auto made = world.zone.publish(acme_records());
  if (!made) {
    CHECK(made.error().code == ErrorCode::dns_unreachable);
    CHECK(made.error().retryable);
    CHECK(world.lines().empty());
    made = world.zone.publish(acme_records());
  }
  REQUIRE(made);
  CHECK(world.lines() == acme_lines());
  world.standin.fail(fault);
  const auto gone = world.zone.withdraw(acme_records());
  INFO((gone ? "" : full_message(gone.error())));
  CHECK(gone);
  CHECK(world.lines().empty());
}

TEST_CASE("a Cloudflare that fails for long is unreachable, and nothing is made", "[dns]") {
  CloudflareWorld world;
  world.standin.fail({{"status", 500}, {"times", 100}});
  const auto made = world.zone.publish(acme_records());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::dns_unreachable);
  world.standin.fail({{"times", 0}});
  CHECK(world.lines().empty());
}

TEST_CASE("a token that is wrong, or for another zone, is refused, and is in no message", "[dns]") {
  const CloudflareStandin standin;
  Unlimited budget;
  auto settings = cloudflare_settings(standin);
  std::string token = "canary-wrong-0123456789-ABCDEFGHIJ-abcdefghij";
  SECTION("wrong") {}
  SECTION("malformed") { token = "canary"; }
  SECTION("read-only") { token = std::string("read-only-") + CloudflareStandin::k_token; }
  SECTION("another zone") {
    settings.zone = "other.test";
    token = CloudflareStandin::k_token;
  }
  CloudflareZone zone(settings, Secret(token), budget);
  const auto takes = zone.check();
  REQUIRE_FALSE(takes);
  CHECK(takes.error().code == ErrorCode::dns_refused);
  CHECK_THAT(full_message(takes.error()) + takes.error().hint, !Contains("canary"));
}

TEST_CASE("a zone that takes changes is told so without one", "[dns]") {
  CloudflareWorld world;
  CHECK(world.zone.check());
  CHECK(world.lines().empty());
}

TEST_CASE("records at Cloudflare are waited for at the nameservers that are named", "[dns]") {
  const CloudflareStandin standin;
  const BindServer knows("acme IN A 192.0.2.10\nacme IN AAAA 2001:db8::10\napi.acme IN A 192.0.2.10\napi.acme IN AAAA 2001:db8::10\n"),
      knows_not;
  Unlimited budget;
  auto settings = cloudflare_settings(standin);
  settings.nameservers = {knows.address()};
  CHECK(CloudflareZone(settings, Secret(CloudflareStandin::k_token), budget).publish(acme_records()));
  settings.nameservers.push_back(knows_not.address());
  const auto made = CloudflareZone(settings, Secret(CloudflareStandin::k_token), budget).publish(acme_records());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::dns_timeout);
}

TEST_CASE("an operation that is taken over while it waits for its turn at Cloudflare changes nothing more", "[dns]") {
  const CloudflareStandin standin;
  struct Slow : Unlimited {
    Result<std::chrono::milliseconds> take(const std::string&, const RequestRate&) override {
      is_taken_over = ++taken == 3;  // the one of the change
      return std::chrono::milliseconds(1);
    }
    bool is_taken_over = false;
  } budget;
  CloudflareZone zone(cloudflare_settings(standin), Secret(CloudflareStandin::k_token), budget);
  zone.begin(
      {.ticket = {.id = *OperationId::parse("11111111-2222-4333-8444-555555555555"), .fence = 1},
       .still_ours = [&]() -> Result<void> { return budget.is_taken_over ? fail(ErrorCode::fenced, "taken over") : Result<void>(); }});

  const auto made = zone.publish(acme_records());

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::fenced);
  CHECK(standin.lines().empty());
}

TEST_CASE("a wait for Cloudflare ends when the command is to stop, and an undo goes on all the same", "[dns]") {
  const CloudflareStandin standin;
  struct Crowded : Unlimited {
    Result<std::chrono::milliseconds> take(const std::string&, const RequestRate&) override { return std::chrono::milliseconds(10); }
  } budget;
  bool is_to_stop = false;
  CloudflareZone zone(cloudflare_settings(standin), Secret(CloudflareStandin::k_token), budget,
                      [&] { return is_to_stop ? std::optional(make_error(ErrorCode::interrupted, "stopped")) : std::nullopt; });
  REQUIRE(zone.publish(acme_records()));
  is_to_stop = true;

  const auto free = zone.check_free(acme_records("99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee"));
  const auto gone = zone.withdraw(acme_records());

  REQUIRE_FALSE(free);
  CHECK(free.error().code == ErrorCode::interrupted);
  CHECK(gone);
  CHECK(standin.lines().empty());
}

TEST_CASE("a tenant's records are found among hundreds whose names are like theirs", "[dns]") {
  CloudflareWorld world;
  for (int i = 0; i < 120; ++i) world.add(fmt::format("x{}-acme.yourapp.test", i), "A", "198.51.100.1");

  REQUIRE(world.zone.publish(acme_records()));
  CHECK(world.zone.observe(acme_records())->presence == Presence::complete);
  REQUIRE(world.zone.withdraw(acme_records()));

  CHECK(world.lines().size() == 120);
}

TEST_CASE("an operation that another process has taken over changes nothing more at Cloudflare", "[dns]") {
  CloudflareWorld world;
  world.zone.begin(lost_claim());
  const auto made = world.zone.publish(acme_records());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::fenced);
  CHECK(world.lines().empty());
}

TEST_CASE("a budget of requests is shared by all processes, in the order in which they come", "[dns]") {
  const auto fixture = ControlFixture::migrated();
  ControlDatabase other(fixture->url);
  const RequestRate rate{.burst = 3, .every = std::chrono::seconds(10)};
  const auto take = [&](ControlDatabase& control, const std::string& name = "token") {
    return control.budget().take(name, rate).value().count();
  };

  CHECK(take(fixture->control) == 0);
  CHECK(take(other) == 0);
  CHECK(take(fixture->control) == 0);
  CHECK(take(other) / 1000 == Approx(10).margin(1));
  CHECK(take(fixture->control) / 1000 == Approx(20).margin(1));
  CHECK(take(other, "another token") == 0);
  REQUIRE(other.budget().hold("another token", rate, std::chrono::seconds(60)));
  CHECK(take(fixture->control, "another token") / 1000 == Approx(60).margin(1));
}

TEST_CASE("a bulk of creates stays within what Cloudflare takes", "[dns]") {
  const auto fixture = ControlFixture::migrated();
  const CloudflareStandin standin(24, 2);  // 24 requests within 2 s
  auto settings = cloudflare_settings(standin);
  const RequestRate rate{.burst = 6, .every = std::chrono::milliseconds(112)};
  Secret token(CloudflareStandin::k_token);
  cloudflare::Api api(settings.api, token, fixture->control.budget(), "bulk", rate, {});

  for (int i = 0; i < 30; ++i) REQUIRE(api.ask("/zones?name=yourapp.test", cloudflare::Patience::to_the_end)->done);

  CHECK(standin.requests() == 30);  // none was put off
}
