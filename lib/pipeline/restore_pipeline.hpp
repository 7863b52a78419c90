// The steps that put a backup in the place of a tenant's data, from a plan that was fixed beforehand. It runs nothing; see
// engine.hpp.
#pragma once
#include <functional>
#include <span>
#include <string_view>

#include "pipeline/restore_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/archiver.hpp"
#include "ports/backup_store.hpp"

namespace tenantctl {

/// What the steps work with. The references must outlive the pipeline.
struct RestorePorts {
  DatabaseServer& server;
  Archiver& archiver;
  /// Asked only when the archive is restored: an undo must not fail because the backup has gone since.
  std::function<Result<StoredBackup>()> backup;
};

/// The tenant goes on working while the archive is restored beside it; it is closed for the moment in which the two change places.
Pipeline restore_pipeline(const RestorePlan& plan, const RestorePorts& ports);

/// Every id that a step of restore_pipeline may have.
std::span<const std::string_view> restore_step_ids();

}  // namespace tenantctl
