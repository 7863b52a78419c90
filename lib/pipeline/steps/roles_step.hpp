// Makes a tenant's two roles: the owner, that can't log in, and the login, that may not yet. They carry the tenant's id,
// which proves what is ours from here on. It gives no rights and no password.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class RolesStep : public Step {
 public:
  static constexpr std::string_view k_id = "roles";

  RolesStep(const CreatePlan& plan, const CreatePorts& ports) : RolesStep(plan, ports.server) {}
  RolesStep(const CreatePlan& plan, DatabaseServer& server);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  RoleLimits limits_;
  std::string description_;
};

}  // namespace tenantctl
