// Takes over a database that was made ahead of time: its roles get the tenant's own limits. Undone, it is dropped like one that was
// made for the tenant, as nobody knows any more what is in it.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class PooledStep : public Step {
 public:
  static constexpr std::string_view k_id = "pooled";

  PooledStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  Evidence evidence() const;

  DatabaseServer& server_;
  TenantDatabase names_;
  RoleLimits limits_;
  std::string template_name_;
  std::string description_;
};

}  // namespace tenantctl
