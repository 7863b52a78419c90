// Custom domains in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/domain_store.hpp"

namespace tenantctl::postgres {

class ControlDomains final : public DomainStore {
 public:
  explicit ControlDomains(ControlSession& session) : session_(session) {}

  Result<void> reserve(const CustomDomain& domain, const AuditEntry& audit) override;
  Result<CustomDomain> find(const TenantId& tenant, const HostName& host) override;
  Result<std::vector<CustomDomain>> list(const TenantId& tenant) override;
  Result<std::vector<CustomDomain>> all() override;
  Result<void> mark_verified(const CustomDomain& domain, const AuditEntry& audit) override;
  Result<void> forget(const CustomDomain& domain, const AuditEntry& audit) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
