// Restores a backup into a database that is not the tenant's yet, ready to be, and compares it with the manifest.
#pragma once
#include "pipeline/restore_pipeline.hpp"

namespace tenantctl {

class FreshDatabaseStep : public Step {
 public:
  static constexpr std::string_view k_id = "fresh_database";

  /// `backup` for people.
  FreshDatabaseStep(TenantDatabase names, std::string_view backup, RestorePorts ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  TenantDatabase names_;
  RestorePorts ports_;
  std::string description_;
};

}  // namespace tenantctl
