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
  /// Whether publish would find all names free, or as the tenant's already. Errors: foreign_object.
  virtual Result<void> check_free(const TenantRecords& records) = 0;
  /// By the tenant's mark, as the zone's first server has it: records come and go together with it. partial: it is there, and not all
  /// of them are; absent: it is not there, whatever else is at these names.
  virtual Result<Observed> observe(const TenantRecords& records) = 0;
  /// All of them, or none. Returns once every nameserver answers with them. There already: success. Errors: foreign_object (a name is
  /// in use, and not the tenant's); dns_timeout (they are in the zone, and a nameserver does not know it yet); interrupted, likewise.
  virtual Result<void> publish(const TenantRecords& records) = 0;
  /// Exactly these, with their mark. Without the mark nothing is touched, and that is success. Errors: foreign_object (something else
  /// stands at the mark's name).
  virtual Result<void> withdraw(const TenantRecords& records) = 0;

  /// Returns once every nameserver answers with it. There already: success. Errors: dns_timeout, interrupted.
  virtual Result<void> put_proof(const DnsProof& proof) = 0;
  /// That value alone; absent is success.
  virtual Result<void> take_proof(const DnsProof& proof) = 0;
};

}  // namespace tenantctl
