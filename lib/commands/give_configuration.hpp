// Brings the application's copy of a tenant's configuration up to the control database's: rows of its own settings table, a
// file, or, for a site, a key of its site_config. It decides nothing about what the configuration is.
#pragma once
#include "commands/services.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

/// Whether the stack's way to the application can carry these values. Errors: bad_value.
Result<void> check_can_be_given(const CreatePlan& plan, const TenantConfiguration& values);

/// Safe to repeat. A copy that is newer, because somebody else was faster, is left as it is. `plan` is the tenant's. Errors:
/// those of the server or bench; control_unreachable; fenced (a newer version was recorded meanwhile).
Result<void> give_configuration(const CreatePlan& plan, const ConfigurationState& state, ControlPlane& control, Services& services);

}  // namespace tenantctl
