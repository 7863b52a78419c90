// A zone that lives in memory, with the same conditions as a real one.
#pragma once
#include <set>

#include "fakes/faults.hpp"
#include "ports/dns_zone.hpp"

namespace tenantctl::test {

class FakeDnsZone : public DnsZone {
 public:
  explicit FakeDnsZone(Faults& faults) : faults_(faults) {}

  void begin(const Claim&) override {}
  Result<void> check() override { return {}; }
  Result<void> check_free(const TenantRecords& records) override {
    return faults_.around("zone.check_free", [&] { return free(records); });
  }
  Result<Observed> observe(const TenantRecords& records) override {
    return faults_.around("zone.observe", [&]() -> Result<Observed> { return look(records); });
  }
  Result<void> publish(const TenantRecords& records) override {
    return faults_.around("zone.publish", [&]() -> Result<void> {
      TRY(free(records));
      for (const auto& line : lines_of(records)) lines.insert(line);
      return {};
    });
  }
  Result<void> withdraw(const TenantRecords& records) override {
    return faults_.around("zone.withdraw", [&]() -> Result<void> {
      if (look(records).presence == Presence::absent) return {};
      for (const auto& line : lines_of(records)) lines.erase(line);
      return {};
    });
  }

  Result<void> put_proof(const DnsProof& proof) override {
    return faults_.around("zone.put_proof", [&]() -> Result<void> {
      lines.insert(proof.name + " TXT " + proof.value);
      return {};
    });
  }
  Result<void> take_proof(const DnsProof& proof) override {
    return faults_.around("zone.take_proof", [&]() -> Result<void> {
      lines.erase(proof.name + " TXT " + proof.value);
      return {};
    });
  }

  std::set<std::string> lines;  // "NAME TYPE VALUE"

 private:
  static std::set<std::string> lines_of(const TenantRecords& records) {
    std::set<std::string> all{records.marker_name() + " TXT " + records.marker()};
    for (const auto& record : records.records) all.insert(record.name.str() + " " + record.type + " " + record.value);
    return all;
  }

  Observed look(const TenantRecords& records) const {
    if (!lines.contains(records.marker_name() + " TXT " + records.marker())) return {Presence::absent};
    return {std::ranges::includes(lines, lines_of(records)) ? Presence::complete : Presence::partial};
  }

  Result<void> free(const TenantRecords& records) const {
    if (look(records).presence != Presence::absent) return {};
    for (const auto& line : lines) {
      const auto name = line.substr(0, line.find(' '));
      const bool is_wanted = name == records.marker_name() ||
                             std::ranges::any_of(records.records, [&](const DnsRecord& record) { return record.name.str() == name; });
      if (is_wanted) return fail(ErrorCode::foreign_object, "\"" + name + "\" is in use, and not marked as this tenant's");
    }
    return {};
  }

  Faults& faults_;
};

}  // namespace tenantctl::test
