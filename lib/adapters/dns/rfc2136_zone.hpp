// A zone that is changed by signed updates. Names that are in use are kept out of them by conditions that the server itself checks, so
// that of two who want a name at once one gets it.
#pragma once
#include <functional>
#include <optional>

#include "adapters/dns/dns_message.hpp"
#include "ports/dns_zone.hpp"

namespace tenantctl {

class Rfc2136Zone : public DnsZone {
 public:
  /// `interrupted` ends the wait for nameservers; may be empty.
  Rfc2136Zone(DnsSettings settings, Secret secret, std::function<std::optional<Error>()> interrupted = {});

  void begin(const Claim& claim) override { claim_ = claim; }
  Result<void> check() override;
  Result<void> check_free(const TenantRecords& records) override;
  Result<Observed> observe(const TenantRecords& records) override;
  Result<void> publish(const TenantRecords& records) override;
  Result<void> withdraw(const TenantRecords& records) override;
  Result<void> put_proof(const DnsProof& proof) override;
  Result<void> take_proof(const DnsProof& proof) override;

 private:
  Result<dns::UpdateAnswer> update(dns::Update update);
  Result<bool> has_all(const dns::Nameserver& server, const TenantRecords& records);
  Result<void> settle(const TenantRecords& records);

  DnsSettings settings_;
  dns::SigningKey key_;
  std::function<std::optional<Error>()> interrupted_;
  std::optional<Claim> claim_;
};

}  // namespace tenantctl
