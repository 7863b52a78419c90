// When tenants expire, in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/expiry_store.hpp"

namespace tenantctl::postgres {

class ControlExpiry final : public ExpiryStore {
 public:
  explicit ControlExpiry(ControlSession& session) : session_(session) {}

  Result<std::vector<ExpiryDue>> due(Instant now) override;
  Result<void> set(const TenantId& tenant, const std::optional<Instant>& at, const AuditEntry& audit) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
