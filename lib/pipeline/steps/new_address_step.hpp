// Lets the tenant's login in on another server, and says so in its credentials file: the same password where the file has it, else
// a new one, which is handed to the command.
#pragma once
#include "pipeline/login_file.hpp"
#include "pipeline/move_pipeline.hpp"
#include "pipeline/step.hpp"

namespace tenantctl {

class NewAddressStep : public Step {
 public:
  static constexpr std::string_view k_id = "credentials";

  NewAddressStep(const MovePlan& plan, const MovePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  /// An application that reads its file again writes there from then on.
  bool is_final() const override { return !stays_closed_; }

 private:
  Result<Secret> password() const;

  DatabaseServer& source_;
  DatabaseServer& target_;
  Entropy& entropy_;
  IssuedPassword& issued_;
  TenantDatabase names_;
  LoginFile file_;
  bool stays_closed_;
  std::string description_;
};

}  // namespace tenantctl
