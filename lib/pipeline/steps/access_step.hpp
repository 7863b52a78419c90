// Closes the tenant's database or schema to everyone else and opens it to its login. What it grants goes with the database or
// schema, or, as CONNECT to a shared database does, with the login: there is nothing of its own to undo.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class AccessStep : public Step {
 public:
  static constexpr std::string_view k_id = "access";

  AccessStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  DatabaseServer& server_;
  TenantDatabase names_;
  std::string description_;
};

}  // namespace tenantctl
