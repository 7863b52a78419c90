// The custom domains that tenants have or asked for. A host belongs to one tenant at the most, from the moment it is reserved;
// that it is routed, or no longer, is written by the journal, with the end of the operation that did it.
#pragma once
#include <optional>
#include <vector>

#include "core/audit.hpp"
#include "core/custom_domain.hpp"
#include "core/result.hpp"

namespace tenantctl {

class DomainStore {
 public:
  virtual ~DomainStore() = default;
  // Every function may fail with control_unreachable or sql_failed besides what it names.

  /// Keeps the host for its tenant, not routed. The row and the entry of the audit log are written together or not at all.
  /// Errors: domain_taken, naming whose it is.
  virtual Result<void> reserve(const CustomDomain& domain, const AuditEntry& audit) = 0;
  /// Errors: domain_not_found, where the tenant has no custom domain of that name.
  virtual Result<CustomDomain> find(const TenantId& tenant, const HostName& host) = 0;
  /// By host.
  virtual Result<std::vector<CustomDomain>> list(const TenantId& tenant) = 0;
  /// Those of all tenants, in one statement, by host.
  virtual Result<std::vector<CustomDomain>> all() = 0;
  /// It has been proved; what was proved before keeps its time.
  virtual Result<void> mark_verified(const CustomDomain& domain, const AuditEntry& audit) = 0;
  /// Gives a host up that is not routed. Errors: state_conflict, where it is routed by now; gone already is success.
  virtual Result<void> forget(const CustomDomain& domain, const AuditEntry& audit) = 0;
};

}  // namespace tenantctl
