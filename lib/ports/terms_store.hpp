// What tenants have agreed to: the plan that each took, with its terms of that day, and limits that were agreed besides. Plans are taken
// by operations; see Journal.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/audit.hpp"
#include "core/limits.hpp"
#include "core/plans.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// A tenant that is on a plan, with the terms that it has.
struct Subscriber {
  std::string slug;
  Plan terms;
};

class TermsStore {
 public:
  virtual ~TermsStore() = default;
  // Errors of all: control_unreachable, sql_failed; internal, where what is there can't be read.

  /// As they are now; limits that were agreed besides are not in it. Errors: tenant_not_found.
  virtual Result<Plan> of(const TenantId& tenant) = 0;
  /// Oldest first; the last one is the tenant's.
  virtual Result<std::vector<PlanTaken>> history(const TenantId& tenant) = 0;
  /// Active and suspended tenants, by slug.
  virtual Result<std::vector<Subscriber>> subscribers(const std::string& plan) = 0;

  /// Those in force, by resource.
  virtual Result<std::map<std::string, LimitOverride>> overrides(const TenantId& tenant) = 0;
  /// Together with the entry of the audit log. Nothing: the plan's own limit counts again.
  virtual Result<void> override_limit(const TenantId& tenant, const Resource& resource, const std::optional<LimitOverride>& limit,
                                      const AuditEntry& audit) = 0;
};

}  // namespace tenantctl
