// The fake zone keeps the contract of the real one: tests/integration/dns_zone_test.cpp.
#include "contract/dns_zone_contract.hpp"
#include "fakes/fake_dns_zone.hpp"
#include "pipeline/dns_records.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

struct FakeZoneWorld {
  Faults faults;
  FakeDnsZone zone{faults};
  std::vector<std::string> lines() const { return {zone.lines.begin(), zone.lines.end()}; }
  void add(const std::string& name, const std::string& type, const std::string& value) {
    zone.lines.insert(name + " " + type + " " + value);
  }
  void remove(const std::string& name, const std::string& type, const std::string& value) {
    zone.lines.erase(name + " " + type + " " + value);
  }
};

}  // namespace

TEST_CASE("the fake zone keeps the contract") { check_dns_zone_contract<FakeZoneWorld>(); }

TEST_CASE("the journal gives a tenant's records back as they were, and refuses a bad entry by name") {
  auto records = acme_records();
  auto older = to_json(records);
  older.erase("provider");
  CHECK(tenant_records_from(older)->provider == DnsProvider::rfc2136);
  records.provider = DnsProvider::cloudflare;
  CHECK(tenant_records_from(to_json(records))->provider == DnsProvider::cloudflare);

  const auto again = tenant_records_from(to_json(records));

  REQUIRE(again);
  CHECK(again->tenant == records.tenant);
  CHECK(again->zone == records.zone);
  CHECK(again->records == records.records);
  auto bad = to_json(records);
  bad["records"][0]["name"] = "No Host";
  CHECK_FALSE(tenant_records_from(bad));
  bad["records"] = nlohmann::json::array();
  CHECK_FALSE(tenant_records_from(bad));
}
