// What steps write into the journal about what they made, and how a revert reads it back. Reverts use this and never the
// plan or the configuration.
#pragma once
#include "core/operation.hpp"
#include "pipeline/create_plan.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

Evidence evidence_of(const TenantDatabase& names);
/// Errors: internal.
Result<TenantDatabase> database_from(const Evidence& evidence);

Evidence evidence_of(const Route& route);
/// Errors: internal.
Result<Route> route_from(const Evidence& evidence);

}  // namespace tenantctl
