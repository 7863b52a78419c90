// Clones the stack's template into the tenant's database, and builds the template first where it is missing. The database
// stays closed; the template is shared and is never undone.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class DatabaseStep : public Step {
 public:
  static constexpr std::string_view k_id = "database";

  DatabaseStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  std::function<Result<TemplateSource>()> source_;
  std::string description_;
};

}  // namespace tenantctl
