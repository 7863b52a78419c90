// Brings the limits of a tenant's login to those of another plan; taken back, to those of the plan before. Sessions that are open keep
// what they began with.
#pragma once
#include "pipeline/plan_change.hpp"

namespace tenantctl {

class RoleLimitsStep : public Step {
 public:
  static constexpr std::string_view k_id = "role_limits";

  RoleLimitsStep(const PlanChange& change, DatabaseServer& server);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  RoleLimits from_;
  RoleLimits to_;
  std::string description_;
};

}  // namespace tenantctl
