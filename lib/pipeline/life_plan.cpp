#include "pipeline/life_plan.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

Result<TenantEnds> ends_of(const LifePlan& plan) {
  TRY_ASSIGN(const auto change, transition(plan.verb, plan.from, plan.tenant.slug));
  return TenantEnds{.on_success = SetTenantStatus{.status = change.to, .reason = plan.reason}, .on_undone = KeepTenant{}, .on_stuck = KeepTenant{}};
}

nlohmann::json to_parameters(const LifePlan& plan) {
  return {{"tenant_as_made", to_parameters(plan.tenant)}, {"from", to_string(plan.from)}, {"reason", plan.reason}};
}

Result<LifePlan> life_plan_from(TenantVerb verb, const nlohmann::json& parameters) {
  TRY_ASSIGN(const auto made, json_field<nlohmann::json>(parameters, "tenant_as_made"));
  TRY_ASSIGN(auto tenant, create_plan_from(made));
  TRY_ASSIGN(const auto from_name, json_field<std::string>(parameters, "from"));
  const auto from = parse_tenant_status(from_name);
  if (!from) return fail(ErrorCode::internal, fmt::format("the journal's \"from\" is bad: {}", from.error().message));
  TRY_ASSIGN(auto reason, json_field<std::string>(parameters, "reason"));
  return LifePlan{.tenant = std::move(tenant), .verb = verb, .from = *from, .reason = std::move(reason)};
}

}  // namespace tenantctl
