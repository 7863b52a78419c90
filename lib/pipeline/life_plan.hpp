// Everything that a change of a tenant's state needs, fixed when its operation is opened, and read back from there by a
// resume or rollback: the tenant as its create made it, where it comes from and where it goes.
#pragma once
#include <string>
#include <vector>

#include "core/backup.hpp"
#include "core/tenant_states.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

/// Raised when a pipeline's steps change such that an older operation can't be continued with them.
inline constexpr int k_life_pipeline_version = 1;

struct LifePlan {
  CreatePlan tenant;
  TenantVerb verb = TenantVerb::suspend;
  TenantStatus from = TenantStatus::active;
  std::string reason = {};                          // as the operator said
  std::optional<BackupId> backup = {};              // to be made first; fixed beforehand, so that a resume finds what was made already
  std::filesystem::path backups_folder = {};        // of all tenants' backups; empty: none is configured
  int quarantine_days = 0;                          // of a deletion
  std::vector<std::string> domains = {};            // custom ones that a deletion takes along
  std::vector<CertificateOrder> certificates = {};  // likewise
  std::vector<std::string> old_servers = {};        // where moves have left something that a deletion takes along too
};

/// What becomes of the tenant's row at each end. An undo that gets stuck leaves it in its old state: the operation says so.
/// Errors: state_conflict, as transition().
Result<TenantEnds> ends_of(const LifePlan& plan);

nlohmann::json to_parameters(const LifePlan& plan);

/// Errors: internal, naming the parameter, where the operation holds none of that name or a bad one.
Result<LifePlan> life_plan_from(TenantVerb verb, const nlohmann::json& parameters);

}  // namespace tenantctl
