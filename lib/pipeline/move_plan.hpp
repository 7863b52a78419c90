// Everything that a move of a tenant to another database server needs, fixed when its operation is opened, and read back from
// there by a resume or rollback.
#pragma once
#include "core/backup.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

/// Raised when a pipeline's steps change such that an older operation can't be continued with them.
inline constexpr int k_move_pipeline_version = 1;
inline constexpr std::string_view k_move_kind = "move";

struct MovePlan {
  CreatePlan tenant;                          // its server is the one that it comes from
  TenantStatus from = TenantStatus::active;   // it stays so
  ConfigName to;                              // the server
  BackupId backup;                            // what is restored there
  std::filesystem::path backups_folder = {};  // of all tenants' backups
  DatabaseName aside;                         // what its old database is called afterwards

  bool is_open() const { return from == TenantStatus::active; }
  /// The tenant as it will be.
  CreatePlan moved() const;
};

/// At an end that is stuck the tenant is still on its way.
TenantEnds ends_of(const MovePlan& plan);

/// What an operation's parameter is called that the control database reads: the server to be counted on meanwhile.
inline constexpr std::string_view k_moves_to = "moves_to";

nlohmann::json to_parameters(const MovePlan& plan);

/// Errors: internal, naming the parameter, where the operation holds none of that name or a bad one.
Result<MovePlan> move_plan_from(const nlohmann::json& parameters);

}  // namespace tenantctl
