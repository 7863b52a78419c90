#include "pipeline/steps/backup_step.hpp"

#include <fmt/format.h>

namespace tenantctl {
namespace {

Evidence evidence_of(const StoredBackup& stored) {
  return {{"backup", stored.backup.id.str()}, {"folder", stored.folder.string()}, {"bytes", stored.backup.bytes()}};
}

}  // namespace

BackupStep::BackupStep(const CreatePlan& tenant, BackupId id, BackupHeader header, TakeArchive take, BackupStore& store)
    : slug_(tenant.slug),
      code_(tenant.code),
      id_(std::move(id)),
      header_(std::move(header)),
      take_(std::move(take)),
      store_(store),
      description_(fmt::format("back up \"{}\" as {}", slug_.str(), id_.str())) {}

Result<Observation> BackupStep::probe() {
  TRY_ASSIGN(const auto found, find());
  if (found) return Observation{Presence::complete, evidence_of(*found)};
  return Observation{Presence::absent, {{"backup", id_.str()}}};
}

Result<Evidence> BackupStep::apply() {
  TRY_ASSIGN(const auto found, find());
  if (found) return evidence_of(*found);
  TRY_ASSIGN(auto header, header_());
  header.id = id_;
  TRY_ASSIGN(const auto stored, take_backup(std::move(header), take_, store_));
  return evidence_of(stored);
}

}  // namespace tenantctl
