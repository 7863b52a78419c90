// What commands need of the hosts that tenantctl.yaml names.
#pragma once
#include <string>

#include "core/settings.hpp"

namespace tenantctl {

/// Errors: host_not_found, proposing a near name; also for this machine's own names, which need no SSH.
Result<const SshHost*> find_host(const Settings& settings, const std::string& name);

}  // namespace tenantctl
