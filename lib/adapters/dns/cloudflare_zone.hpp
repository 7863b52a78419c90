// A zone at Cloudflare. Its API has no conditions, but refuses a record that is there already: the mark is a TXT record of the same text
// for every tenant of a name, so that of two who want a name one gets it. Whose it is stands in its comment, as in those of all others.
#pragma once
#include <functional>
#include <optional>

#include "adapters/dns/cloudflare_api.hpp"
#include "ports/dns_zone.hpp"

namespace tenantctl {

class CloudflareZone : public DnsZone {
 public:
  /// `interrupted` ends waits; may be empty. The budget is shared with all who use the same token.
  CloudflareZone(DnsSettings settings, const Secret& token, RequestBudget& budget, std::function<std::optional<Error>()> interrupted = {});

  void begin(const Claim& claim) override { claim_ = claim; }
  Result<void> check() override;
  Result<void> check_free(const TenantRecords& records) override;
  Result<Observed> observe(const TenantRecords& records) override;
  Result<void> publish(const TenantRecords& records) override;
  Result<void> withdraw(const TenantRecords& records) override;

 private:
  struct Found;
  Result<std::string> zone_path();
  Result<Found> look(const TenantRecords& records);
  Result<bool> add(const TenantRecords& records, const Found& found);
  Result<void> settle(const TenantRecords& records);

  DnsSettings settings_;
  std::function<std::optional<Error>()> interrupted_;
  cloudflare::Api api_;
  std::optional<Claim> claim_;
  std::mutex mutex_;       // of what follows
  std::string zone_path_;  // "/zones/ID"; empty: not known yet
};

}  // namespace tenantctl
