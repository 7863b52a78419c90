// The ways to a tenant as doors: what several pipelines close and open.
#pragma once
#include "pipeline/create_plan.hpp"
#include "pipeline/steps/door_step.hpp"
#include "ports/frappe_bench.hpp"

namespace tenantctl {

Door route_door(const CreatePlan& plan, SiteRouter& router, Closure why = Closure::suspended);
Door login_door(const TenantDatabase& names, DatabaseServer& server);
Door site_door(const FrappeSite& site, FrappeBench& bench);

}  // namespace tenantctl
