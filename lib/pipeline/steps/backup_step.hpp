// Takes a backup of the tenant before something happens to it. An undo keeps the backup: it is whole, and of use to somebody.
#pragma once
#include "pipeline/backup.hpp"
#include "pipeline/create_plan.hpp"
#include "pipeline/step.hpp"

namespace tenantctl {

/// The manifest but its archive, as of now; asked only when the backup is made.
using BackupHeader = std::function<Result<Backup>()>;

class BackupStep : public Step {
 public:
  static constexpr std::string_view k_id = "backup";

  BackupStep(const CreatePlan& tenant, BackupId id, BackupHeader header, TakeArchive take, BackupStore& store);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence&) override { return {}; }

 private:
  Result<std::optional<StoredBackup>> find() const { return store_.find(slug_, code_, id_); }

  TenantSlug slug_;
  TenantCode code_;
  BackupId id_;
  BackupHeader header_;
  TakeArchive take_;
  BackupStore& store_;
  std::string description_;
};

}  // namespace tenantctl
