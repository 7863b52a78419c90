// Restores the backup that was just made into a database of its own, and compares. Nothing is destroyed before it has passed.
#pragma once
#include "pipeline/backup.hpp"
#include "pipeline/life_plan.hpp"
#include "pipeline/step.hpp"

namespace tenantctl {

class RestoreCheckStep : public Step {
 public:
  static constexpr std::string_view k_id = "restore_check";

  RestoreCheckStep(const LifePlan& plan, DatabaseServer& server, Archiver& archiver, BackupStore& store);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  TenantSlug slug_;
  TenantCode code_;
  BackupId id_;
  TenantDatabase scratch_;
  DatabaseServer& server_;
  Archiver& archiver_;
  BackupStore& store_;
  std::string description_;
};

}  // namespace tenantctl
