// Tenants' configurations in the control database. A change is one statement that takes hold only at the version it was made for.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/configuration_store.hpp"

namespace tenantctl::postgres {

class ControlConfigurations final : public ConfigurationStore {
 public:
  explicit ControlConfigurations(ControlSession& session) : session_(session) {}

  Result<ConfigurationState> read(const TenantId& tenant) override;
  Result<std::int64_t> change(const ConfigurationEdit& edit, const AuditEntry& audit) override;
  Result<void> mark_given(const TenantId& tenant, std::int64_t version) override;
  Result<std::vector<ConfigurationChange>> history(const TenantId& tenant, std::int64_t before, std::size_t limit) override;
  Result<std::vector<ConfigurationLag>> lagging() override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
