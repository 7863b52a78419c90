// Runs the stack's own command for a new tenant, such as a framework's migrations, where the stack says, with the tenant's
// login in its environment. What it makes lies in the tenant's database, so that an undo needs no command of its own.
#pragma once
#include "pipeline/create_pipeline.hpp"
#include "pipeline/tenant_command.hpp"

namespace tenantctl {

class AfterCreateStep : public Step {
 public:
  static constexpr std::string_view k_id = "after_create";

  AfterCreateStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  std::function<Result<Shell*>()> shell_;
  CredentialStore& store_;
  TenantCommand command_;
  std::string description_;
};

}  // namespace tenantctl
