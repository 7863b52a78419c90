// Writes who the tenant is, and its configuration, into its own database. The rows vanish with the database, so that there
// is nothing to undo.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class SettingsStep : public Step {
 public:
  static constexpr std::string_view k_id = "settings";

  SettingsStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  std::map<std::string, std::string> rows_;
  MadeOf made_of_;
  std::string description_;
};

}  // namespace tenantctl
