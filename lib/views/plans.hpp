// Reports about subscription plans.
#pragma once
#include <string>
#include <vector>

#include "core/plans.hpp"
#include "views/report.hpp"

namespace tenantctl {

Report plan_list_report(const std::vector<Plan>& plans);
Report plan_report(const Plan& plan);

}  // namespace tenantctl
