// Writes the plan's name into the tenant's own table of settings, where its application reads it.
#pragma once
#include "pipeline/plan_change.hpp"

namespace tenantctl {

class PlanRowStep : public Step {
 public:
  static constexpr std::string_view k_id = "plan_row";

  PlanRowStep(const PlanChange& change, DatabaseServer& server);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  std::string from_;
  std::string to_;
  std::string description_;
};

}  // namespace tenantctl
