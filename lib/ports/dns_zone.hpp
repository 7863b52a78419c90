// The operator's DNS zone, in which tenants have records. A tenant's carry a mark that names it; a name that somebody else uses is never
// touched, and only the very values that were recorded are taken away.
#pragma once
#include "core/dns.hpp"
#include "core/inventory.hpp"
#include "core/result.hpp"
#include "ports/claim.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

class DnsZone {
 public:
  virtual ~DnsZone() = default;
  // Every function may fail with dns_unreachable and dns_refused besides what it names.

  /// From now on each change asks the claim right before it is sent. Further errors of publish and withdraw: fenced,
  /// control_unreachable.
  virtual void begin(const Claim& claim) = 0;

  /// Whether the zone takes changes from us. Changes nothing.
  virtual Result<void> check() = 0;
  /// As the zone's first server has it. partial: marked as the tenant's, but not all there; foreign: a name is in use without its mark.
  virtual Result<Observed> observe(const TenantRecords& records) = 0;
  /// All of them, or none. Returns once every nameserver answers with them. There already: success.
  /// Errors: foreign_object (nothing was changed); dns_timeout (they are in the zone, and a nameserver does not know it yet).
  virtual Result<void> publish(const TenantRecords& records) = 0;
  /// Exactly these, with their mark. Absent is success. Errors: foreign_object.
  virtual Result<void> withdraw(const TenantRecords& records) = 0;
};

}  // namespace tenantctl
