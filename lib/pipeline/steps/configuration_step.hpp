// Writes what the tenant is configured with into a file for its application, where the stack wants it so. Whoever changes it
// later is the command `config`, and not this step.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class ConfigurationStep : public Step {
 public:
  static constexpr std::string_view k_id = "configuration";

  ConfigurationStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  Evidence evidence() const;

  CredentialStore& store_;
  std::filesystem::path file_;
  ConfigurationCopy copy_;
  std::string description_;
};

}  // namespace tenantctl
