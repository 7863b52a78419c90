// Everything that a restore in the place of a tenant's data needs, fixed when its operation is opened, and read back from there
// by a resume or rollback.
#pragma once
#include "core/backup.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

/// Raised when a pipeline's steps change such that an older operation can't be continued with them.
inline constexpr int k_restore_pipeline_version = 1;

struct RestorePlan {
  CreatePlan tenant;
  TenantStatus from = TenantStatus::active;  // it stays so
  std::filesystem::path backup;              // its folder
  DatabaseName fresh;                        // what the archive is restored into
  DatabaseName aside;                        // what the old database is called afterwards
  bool drop_old = false;

  TenantDatabase named(const DatabaseName& database) const {
    auto names = tenant.database;
    names.database = database;
    return names;
  }
};

/// The two names for a restore: the tenant's database's, with a word of hexadecimal digits behind it. Errors: bad_value.
Result<DatabaseName> fresh_name(const DatabaseName& live, std::string_view word);
Result<DatabaseName> aside_name(const DatabaseName& live, std::string_view word);
/// Whether a database's name is one that these give for this one.
bool is_fresh_of(const DatabaseName& live, std::string_view name);
bool is_aside_of(const DatabaseName& live, std::string_view name);

nlohmann::json to_parameters(const RestorePlan& plan);

/// Errors: internal, naming the parameter, where the operation holds none of that name or a bad one.
Result<RestorePlan> restore_plan_from(const nlohmann::json& parameters);

}  // namespace tenantctl
