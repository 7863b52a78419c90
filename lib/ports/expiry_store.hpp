// Which tenants' time is over, in the control database, and until when each has time. It deletes none.
#pragma once
#include <optional>
#include <vector>

#include "core/audit.hpp"
#include "core/expiry.hpp"

namespace tenantctl {

class ExpiryStore {
 public:
  virtual ~ExpiryStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// Those that are there, in whatever state, and whose time was over at `now`; by slug.
  virtual Result<std::vector<ExpiryDue>> due(Instant now) = 0;
  /// Nothing: it stays. Where it is so already, or the tenant is deleted, nothing is changed, and no entry written.
  virtual Result<void> set(const TenantId& tenant, const std::optional<Instant>& at, const AuditEntry& audit) = 0;
};

}  // namespace tenantctl
