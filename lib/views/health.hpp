// The report of `verify`: every check of every tenant, and how many tenants are well.
#pragma once
#include <vector>

#include "core/health.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// Exit status 0 where all are healthy, that of check_failed otherwise.
Report health_report(const std::vector<TenantHealth>& tenants);

}  // namespace tenantctl
