// The checks of `doctor` that need no comparison: does everything that tenantctl depends on answer, and may it do its work?
// They change nothing.
#pragma once
#include <vector>

#include "commands/services.hpp"
#include "views/doctor.hpp"

namespace tenantctl {

/// A failed line with the error's own words and hint.
CheckLine failed_check(std::string name, const Error& error);

/// Configuration, plans, control database, servers, stacks, nginx and folders, in this order; without a configuration
/// only that.
std::vector<CheckLine> run_checks(Services& services);

}  // namespace tenantctl
