// Gives the tenant's first System Manager a new password, proves that it works, and hands it over: into the credentials file,
// or to the command. Each apply makes another one, because none is kept anywhere that could be read again.
#pragma once
#include "pipeline/create_site_pipeline.hpp"

namespace tenantctl {

class AdministratorStep : public Step {
 public:
  static constexpr std::string_view k_id = "administrator";

  AdministratorStep(const CreatePlan& plan, const SitePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  Evidence evidence() const;

  FrappeBench& bench_;
  CredentialStore& store_;
  Entropy& entropy_;
  IssuedPassword& issued_;
  FrappePlan plan_;
  TenantCode code_;
  TenantSlug slug_;
  HostName front_;
  std::filesystem::path file_;  // empty: issued_
  std::string description_;
};

}  // namespace tenantctl
