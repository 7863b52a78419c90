// Reads tenants from the control database; changes none.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/tenant_store.hpp"

namespace tenantctl::postgres {

class ControlTenants final : public TenantStore {
 public:
  explicit ControlTenants(ControlSession& session) : session_(session) {}

  Result<Tenant> find(const std::string& name) override;
  Result<std::vector<std::string>> taken(const std::vector<std::string>& names) override;
  Result<ServerCounts> count_by_server() override;
  Result<TenantPage> list(const TenantFilter& filter) override;
  Result<std::vector<std::string>> domains(const TenantId& tenant) override;
  Result<TenantConfiguration> configuration(const TenantId& tenant) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
