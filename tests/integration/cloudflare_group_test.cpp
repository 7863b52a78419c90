// Tenants of one process whose records are made at Cloudflare at the same time.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include "adapters/dns/cloudflare_zone.hpp"
#include "support/claims.hpp"
#include "support/cloudflare_world.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

// A test that waits for what does not come fails, and does not hang.
constexpr int k_looks = 30'000;

TenantRecords records_of(const std::string& slug, char id) {
  const auto front = *HostName::parse(slug + ".yourapp.test");
  return {.tenant = *TenantId::parse(std::string(8, id) + "-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
          .zone = "yourapp.test",
          .records = {{front, "A", std::string("192.0.2.") + id}}};
}

/// Its change is not sent before that many others wait for it.
struct UntilOthersWait : Unlimited {
  UntilOthersWait(cloudflare::PostGroup& wanted_group, std::size_t wanted_others) : group(wanted_group), others(wanted_others) {}
  Result<std::chrono::milliseconds> take(const std::string& account, const RequestRate& rate) override {
    if (taken == 2) {  // after the zone's id and what is there
      is_at_it = true;
      for (int looks = 0; looks < k_looks && group.waiting() < others; ++looks) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return Unlimited::take(account, rate);
  }
  cloudflare::PostGroup& group;
  std::size_t others;
  std::atomic<bool> is_at_it = false;
};

struct Crowd {
  /// By name, how each ended: a first one, and those that come while its records are being sent.
  std::map<std::string, Result<void>> publish(const TenantRecords& first, const std::map<std::string, TenantRecords>& others) {
    UntilOthersWait waits(*posts, others.size());
    std::map<std::string, Result<void>> ends{{"first", Result<void>()}};
    for (const auto& [name, records] : others) ends.emplace(name, Result<void>());
    {
      std::vector<std::jthread> threads;
      threads.emplace_back([&] { ends.at("first") = publish_one(first, waits, {}); });
      for (int looks = 0; looks < k_looks && !waits.is_at_it; ++looks) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      for (const auto& other : others) {
        threads.emplace_back([&, name = other.first, records = other.second] {
          Unlimited budget;
          ends.at(name) = publish_one(records, budget, claims.contains(name) ? claims.at(name) : claim_of(1));
        });
      }
    }
    return ends;
  }

  Result<void> publish_one(const TenantRecords& records, RequestBudget& budget, const std::optional<Claim>& claim) const {
    CloudflareZone zone(cloudflare_settings(standin), Secret(CloudflareStandin::k_token), budget, {}, posts);
    if (claim) zone.begin(*claim);
    return zone.publish(records);
  }

  CloudflareStandin standin;
  std::shared_ptr<cloudflare::PostGroup> posts = std::make_shared<cloudflare::PostGroup>();
  std::map<std::string, Claim> claims;
};

}  // namespace

TEST_CASE("records of tenants that are made at the same time are added by one change", "[dns]") {
  Crowd crowd;

  const auto ends = crowd.publish(records_of("acme", '1'), {{"b", records_of("bolt", '2')}, {"c", records_of("corp", '3')}});

  for (const auto& [name, end] : ends) CHECK(end);
  CHECK(crowd.standin.additions() == std::vector<std::size_t>{2, 4});
  CHECK(crowd.standin.lines().size() == 6);
}

TEST_CASE("whoever is refused, or was taken over, keeps none of the others from their records", "[dns]") {
  Crowd crowd;
  crowd.claims = {{"fenced", claim_of(1, [] { return Result<void>(fail(ErrorCode::fenced, "taken over")); })}};

  const auto ends = crowd.publish(records_of("acme", '1'), {{"twin", records_of("acme", '2')},
                                                            {"good", records_of("bolt", '3')},
                                                            {"fenced", records_of("corp", '4')},
                                                            {"fine", records_of("dart", '5')}});

  CHECK(ends.at("first"));
  CHECK(ends.at("good"));
  CHECK(ends.at("fine"));
  REQUIRE_FALSE(ends.at("twin"));
  CHECK(ends.at("twin").error().code == ErrorCode::foreign_object);
  REQUIRE_FALSE(ends.at("fenced"));
  CHECK(ends.at("fenced").error().code == ErrorCode::fenced);
  CHECK(crowd.standin.lines().size() == 6);
}

TEST_CASE("where the answer to a change for several is lost, each looks for its own records", "[dns]") {
  Crowd crowd;
  crowd.standin.fail({{"status", 0}, {"times", 2}, {"after", true}, {"change", true}});

  const auto ends = crowd.publish(records_of("acme", '1'), {{"b", records_of("bolt", '2')}, {"c", records_of("corp", '3')}});

  for (const auto& [name, end] : ends) CHECK(end);
  CHECK(crowd.standin.additions() == std::vector<std::size_t>{2, 4});
  CHECK(crowd.standin.lines().size() == 6);
}

TEST_CASE("a change holds no more records than Cloudflare takes in one", "[dns]") {
  Crowd crowd;
  std::map<std::string, TenantRecords> others;
  for (const char id : std::string("23456")) {
    auto many = records_of(std::string("many") + id, id);
    for (int i = 0; i < 79; ++i)
      many.records.push_back({*HostName::parse(fmt::format("h{}.many{}.yourapp.test", i, id)), "A", "192.0.2.9"});
    others.emplace(std::string(1, id), many);
  }

  const auto ends = crowd.publish(records_of("acme", '1'), others);

  for (const auto& [name, end] : ends) CHECK(end);
  CHECK(crowd.standin.additions() == std::vector<std::size_t>{2, 162, 162, 81});
}
