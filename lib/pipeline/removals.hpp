// The steps of a deletion that destroy, and those that prove that they have: what follows once a backup is known to be good.
#pragma once
#include "pipeline/life_pipeline.hpp"
#include "pipeline/steps/removal_step.hpp"

namespace tenantctl {

Removal database_removal(const TenantDatabase& names, DatabaseServer& server);

void add_removals(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports);

}  // namespace tenantctl
