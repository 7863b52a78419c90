// The checks of `doctor` that need no comparison: does everything that tenantctl depends on answer, and may it do its work?
// They change nothing.
#pragma once
#include <vector>

#include "commands/services.hpp"
#include "views/doctor.hpp"

namespace tenantctl {

/// Configuration, plans, control database, servers, stacks, nginx and folders, in this order; without a configuration
/// only that.
std::vector<HealthCheck> run_checks(Services& services);

}  // namespace tenantctl
