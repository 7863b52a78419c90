// `usage collect`: what can be seen from here of how much tenants use.
#pragma once
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct CollectUsageArgs {
  std::vector<std::string> tenants;  // empty: all active and suspended ones
  std::size_t jobs = 4;
};

/// One tenant, server or log that can't be measured keeps none of the others back. Errors: tenant_not_found, state_conflict;
/// control_unreachable; interrupted, terminated, interrupted_hangup.
Result<Report> collect_usage(const CollectUsageArgs& args, Services& services);

}  // namespace tenantctl
