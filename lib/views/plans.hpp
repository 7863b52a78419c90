// Reports about subscription plans.
#pragma once
#include <string>
#include <vector>

#include "core/plans.hpp"
#include "views/report.hpp"

namespace tenantctl {

Report plan_list_report(const std::vector<Plan>& plans);
Report plan_report(const Plan& plan);

/// A tenant that was given another plan, or was to be.
struct PlanChangeView {
  std::string slug;
  Plan from;
  Plan to;
  std::string operation = {};           // empty: nothing was done
  std::vector<std::string> above = {};  // what it uses more of than the new one allows
  std::string failure = {};             // why it has the old one still
};
Report plan_change_report(const PlanChangeView& view, bool only_planned);
/// Of several; status 1 where one of them failed.
Report plan_changes_report(const std::vector<PlanChangeView>& views, bool only_planned);

/// What a tenant has agreed to. `is_as_sold`: a new tenant would get the same today.
struct TenantPlanView {
  std::string slug;
  Plan terms;
  bool is_sold = true;
  bool is_as_sold = true;
  std::vector<std::pair<Instant, Plan>> history = {};  // oldest first
};
Report tenant_plan_report(const TenantPlanView& view);

/// What is other in the second one: "companies 1 -> 3". Empty: nothing.
std::vector<std::string> differences(const Plan& from, const Plan& to);

}  // namespace tenantctl
