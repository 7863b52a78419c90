// How tenants' isolation was last found, in the control database.
#pragma once
#include <optional>
#include <span>

#include "core/isolation.hpp"
#include "core/operation.hpp"
#include "core/result.hpp"

namespace tenantctl {

class IsolationStore {
 public:
  virtual ~IsolationStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// In the place of each one's last, with an entry each in the audit log, which names the probes; all or none. Of a tenant that is
  /// gone meanwhile, nothing is kept.
  virtual Result<void> record(std::span<const TenantIsolation> tenants, const Actor& actor) = 0;
  /// Nothing where it was never looked at.
  virtual Result<std::optional<IsolationRecord>> last(const TenantId& tenant) = 0;
};

}  // namespace tenantctl
