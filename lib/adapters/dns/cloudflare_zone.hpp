// A zone at Cloudflare. Its API has no conditions, but refuses a record that is there already: the mark is a TXT record of the same text
// for every tenant of a name, so that of two who want a name one gets it. Whose it is stands in its comment, as in those of all others.
#pragma once
#include <map>
#include <memory>
#include <optional>

#include "adapters/dns/cloudflare_api.hpp"
#include "adapters/dns/post_group.hpp"
#include "ports/dns_zone.hpp"

namespace tenantctl {

class CloudflareZone : public DnsZone {
 public:
  /// `interrupted` ends waits; may be empty. The budget is shared with all who use the same token, `posts` with those of this process.
  CloudflareZone(DnsSettings settings, const Secret& token, RequestBudget& budget, curl::Interrupted interrupted = {},
                 std::shared_ptr<cloudflare::PostGroup> posts = std::make_shared<cloudflare::PostGroup>());

  void begin(const Claim& claim) override { claim_ = claim; }
  Result<void> check() override;
  Result<void> check_free(const TenantRecords& records) override;
  Result<Observed> observe(const TenantRecords& records) override;
  Result<void> publish(const TenantRecords& records) override;
  Result<void> withdraw(const TenantRecords& records) override;
  Result<void> put_proof(const DnsProof& proof) override;
  Result<void> take_proof(const DnsProof& proof) override;

 private:
  struct Found;
  Result<std::string> path_of_zone(const std::string& zone, cloudflare::Patience patience);
  Result<Found> look(const TenantRecords& records, cloudflare::Patience patience);
  Result<cloudflare::Answer> remove(const TenantRecords& records, const Found& found);
  Result<bool> add(const TenantRecords& records, const Found& found);
  Result<void> settle(const TenantRecords& records);

  DnsSettings settings_;
  curl::Interrupted interrupted_;
  cloudflare::Api api_;
  std::shared_ptr<cloudflare::PostGroup> posts_;
  std::optional<Claim> claim_;
  std::mutex mutex_;                          // of what follows
  std::map<std::string, std::string> paths_;  // "/zones/ID" by the zone's name
};

}  // namespace tenantctl
