// What every DnsZone keeps, the fake and the real one alike. A world has `zone` (a DnsZone&), `lines()` (all below the apex: "NAME TYPE
// VALUE", sorted, names without a dot at their end) and `add(NAME, TYPE, VALUE)`, by somebody else.
#pragma once
#include <catch2/catch.hpp>

#include <algorithm>

#include "ports/dns_zone.hpp"

namespace tenantctl::test {

inline TenantRecords acme_records(const std::string& tenant = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee") {
  const auto front = *HostName::parse("acme.yourapp.test");
  const auto back = *HostName::parse("api.acme.yourapp.test");
  return {
      .tenant = *TenantId::parse(tenant),
      .zone = "yourapp.test",
      .records = {{front, "A", "192.0.2.10"}, {front, "AAAA", "2001:db8::10"}, {back, "A", "192.0.2.10"}, {back, "AAAA", "2001:db8::10"}}};
}

inline std::vector<std::string> acme_lines() {
  return {"_tenantctl.acme.yourapp.test TXT tenantctl tenant=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "acme.yourapp.test A 192.0.2.10",
          "acme.yourapp.test AAAA 2001:db8::10", "api.acme.yourapp.test A 192.0.2.10", "api.acme.yourapp.test AAAA 2001:db8::10"};
}

/// Of an operation that another process has taken over.
inline Claim lost_claim() {
  return {.ticket = {.id = *OperationId::parse("11111111-2222-4333-8444-555555555555"), .fence = 1},
          .still_ours = []() -> Result<void> { return fail(ErrorCode::fenced, "taken over"); }};
}

template <class World>
void check_dns_zone_contract() {
  World world;
  DnsZone& zone = world.zone;
  const auto records = acme_records();
  const auto presence = [&](const TenantRecords& of) {
    const auto seen = zone.observe(of);
    REQUIRE(seen);
    return seen->presence;
  };

  SECTION("records are made, seen, made again without a change, and taken away") {
    CHECK(presence(records) == Presence::absent);
    REQUIRE(zone.publish(records));
    CHECK(world.lines() == acme_lines());
    CHECK(presence(records) == Presence::complete);
    REQUIRE(zone.publish(records));
    CHECK(world.lines() == acme_lines());
    REQUIRE(zone.withdraw(records));
    CHECK(world.lines().empty());
    CHECK(presence(records) == Presence::absent);
    REQUIRE(zone.withdraw(records));
  }
  SECTION("a name that somebody else uses is not touched, whichever it is") {
    const std::string name = GENERATE("acme.yourapp.test", "api.acme.yourapp.test");
    const std::string type = GENERATE("A", "TXT");
    world.add(name, type, type == "A" ? "198.51.100.1" : "somebody else's");
    const auto before = world.lines();

    CHECK(presence(records) == Presence::absent);
    const auto wanted = zone.check_free(records);
    const auto made = zone.publish(records);

    REQUIRE_FALSE(wanted);
    CHECK(wanted.error().code == ErrorCode::foreign_object);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::foreign_object);
    CHECK(zone.withdraw(records));
    CHECK(world.lines() == before);
  }
  SECTION("another tenant's records are not this one's") {
    REQUIRE(zone.publish(records));
    const auto other = acme_records("99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee");

    CHECK(presence(other) == Presence::absent);
    CHECK_FALSE(zone.check_free(other));
    CHECK_FALSE(zone.publish(other));
    CHECK(zone.withdraw(other));
    CHECK(world.lines() == acme_lines());
  }
  SECTION("what somebody has added beside ours stays, and what he has taken away is put back") {
    REQUIRE(zone.publish(records));
    world.remove("acme.yourapp.test", "AAAA", "2001:db8::10");
    CHECK(presence(records) == Presence::partial);
    REQUIRE(zone.publish(records));
    CHECK(world.lines() == acme_lines());
    world.add("acme.yourapp.test", "A", "198.51.100.1");
    CHECK(presence(records) == Presence::complete);
    CHECK(zone.check_free(records));
    REQUIRE(zone.withdraw(records));
    CHECK(world.lines() == std::vector<std::string>{"acme.yourapp.test A 198.51.100.1"});
    CHECK(presence(records) == Presence::absent);
    CHECK(zone.withdraw(records));
  }
  SECTION("proofs lie beside each other, and each goes by itself") {
    const DnsProof one{.name = "_acme-challenge.acme.yourapp.test", .value = "gfj9Xq-Rg85nM_one"};
    const DnsProof two{.name = one.name, .value = "gfj9Xq-Rg85nM_two"};
    const auto lines = [&] {
      auto all = world.lines();
      for (auto& line : all) std::erase(line, '"');
      return all;
    };
    REQUIRE(zone.put_proof(one));
    REQUIRE(zone.put_proof(two));
    REQUIRE(zone.put_proof(one));
    CHECK(lines() == std::vector<std::string>{one.name + " TXT " + one.value, two.name + " TXT " + two.value});
    REQUIRE(zone.take_proof(one));
    REQUIRE(zone.take_proof(one));
    CHECK(lines() == std::vector<std::string>{two.name + " TXT " + two.value});
    REQUIRE(zone.take_proof(two));
    CHECK(lines().empty());
  }
}

}  // namespace tenantctl::test
