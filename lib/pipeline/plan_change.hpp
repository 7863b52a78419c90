// Everything that giving a tenant another plan needs, fixed when its operation is opened, and read back from there by a resume or
// rollback; and its steps. That the tenant has the plan is written down when the operation ends.
#pragma once
#include <span>
#include <string_view>

#include "core/plans.hpp"
#include "pipeline/create_plan.hpp"
#include "pipeline/step.hpp"

namespace tenantctl {

/// Raised when a pipeline's steps change such that an older operation can't be continued with them.
inline constexpr int k_plan_change_version = 1;
inline constexpr std::string_view k_plan_change_kind = "plan_set";

struct PlanChange {
  CreatePlan tenant;  // as its create made it
  Plan from;          // the terms that it has
  Plan to;
  std::string reason = {};  // as the operator said
  bool ends_trial = false;  // that is over, and is paid for from now on
};

/// Of a tenant's login, as its plan says.
RoleLimits role_limits(const Plan& plan);

/// What becomes of the tenant's row at each end.
TenantEnds ends_of(const PlanChange& change);

nlohmann::json to_parameters(const PlanChange& change);
/// Errors: internal, naming the parameter, where the operation holds none of that name or a bad one.
Result<PlanChange> plan_change_from(const nlohmann::json& parameters);

/// `server`: the tenant's; empty of a Frappe site, which has no login of its own that could be limited. It must outlive the pipeline.
Pipeline plan_change_pipeline(const PlanChange& change, DatabaseServer* server);

/// Every id that a step of plan_change_pipeline may have.
std::span<const std::string_view> plan_change_step_ids();

}  // namespace tenantctl
