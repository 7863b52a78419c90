// Makes the tenant's database out of the stack's template, which is built where it is missing, or its schema in the database
// that it shares with others. Nobody can get in yet; template and shared database are never undone.
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
  bool repeats_after_others() const override { return !fill_; }  // to fill it anew would lose what was written since

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  std::function<Result<TemplateSource>()> source_;
  std::function<Result<std::string>(const TenantDatabase&)> fill_;  // empty: from the stack's template
  std::string promised_;   // the template that the pool's entry will be said to be a clone of; empty: any
  bool is_there_ = false;  // as a whole, as the probe before saw it
  std::string description_;
};

}  // namespace tenantctl
