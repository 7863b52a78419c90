// The last isolation results in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/isolation_store.hpp"

namespace tenantctl::postgres {

class ControlIsolation final : public IsolationStore {
 public:
  explicit ControlIsolation(ControlSession& session) : session_(session) {}

  Result<void> record(std::span<const TenantIsolation> tenants, const Actor& actor) override;
  Result<std::optional<IsolationRecord>> last(const TenantId& tenant) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
