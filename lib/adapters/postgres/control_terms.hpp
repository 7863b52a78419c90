// The plans that tenants took and the limits that were agreed besides, in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/terms_store.hpp"

namespace tenantctl::postgres {

class ControlTerms final : public TermsStore {
 public:
  explicit ControlTerms(ControlSession& session) : session_(session) {}

  Result<Plan> of(const TenantId& tenant) override;
  Result<std::vector<PlanTaken>> history(const TenantId& tenant) override;
  Result<std::vector<Subscriber>> subscribers(const std::string& plan) override;
  Result<std::map<std::string, LimitOverride>> overrides(const TenantId& tenant) override;
  Result<void> override_limit(const TenantId& tenant, const Resource& resource, const std::optional<LimitOverride>& limit,
                              const AuditEntry& audit) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
