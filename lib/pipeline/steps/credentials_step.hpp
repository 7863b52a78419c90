// Gives the tenant's login a new password, and hands it over: into the credentials file, or to the command. Repeated, it gives what
// the file has; without a file it makes another one, because none is kept anywhere that could be read again.
#pragma once
#include "pipeline/create_pipeline.hpp"
#include "pipeline/login_file.hpp"

namespace tenantctl {

class CredentialsStep : public Step {
 public:
  static constexpr std::string_view k_id = "credentials";

  CredentialsStep(const CreatePlan& plan, const CreatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  Result<Secret> password_to_give() const;

  DatabaseServer& server_;
  CredentialStore& store_;
  Entropy& entropy_;
  IssuedPassword& issued_;
  TenantDatabase names_;
  LoginFile file_;
  bool is_there_ = false;  // the file, as the probe before saw it
  std::string description_;
};

}  // namespace tenantctl
