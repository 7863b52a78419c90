// What a tenant was made with, from the operation that made it: names of roles, its site, its files.
#pragma once
#include "commands/services.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

/// Errors: operation_not_found where the journal does not have the create; state_conflict where another tenantctl wrote it.
Result<CreatePlan> plan_of_tenant(const Tenant& tenant, ControlPlane& control);

}  // namespace tenantctl
