#include "pipeline/plan_change.hpp"

#include <array>

#include "pipeline/json_fields.hpp"
#include "pipeline/steps/plan_row_step.hpp"
#include "pipeline/steps/role_limits_step.hpp"

namespace tenantctl {
namespace {

constexpr std::array k_plan_change_ids{RoleLimitsStep::k_id, PlanRowStep::k_id};

}  // namespace

RoleLimits role_limits(const Plan& plan) {
  return {.connections = static_cast<int>(plan.connections.value_or(-1)), .statement_timeout_ms = plan.statement_timeout_ms};
}

TenantEnds ends_of(const PlanChange& change) {
  return {.on_success = TakePlan{.plan = change.to.name.str(), .terms = plan_document(change.to), .ends_trial = change.ends_trial},
          .on_undone = KeepTenant{},
          .on_stuck = KeepTenant{}};
}

nlohmann::json to_parameters(const PlanChange& change) {
  return {{"tenant_as_made", to_parameters(change.tenant)},
          {"from", plan_document(change.from)},
          {"to", plan_document(change.to)},
          {"from_plan", change.from.name.str()},  // these two for the audit log
          {"to_plan", change.to.name.str()},
          {"reason", change.reason},
          {"ends_trial", change.ends_trial}};
}

Result<PlanChange> plan_change_from(const nlohmann::json& parameters) {
  TRY_ASSIGN(const auto made, json_field<nlohmann::json>(parameters, "tenant_as_made"));
  TRY_ASSIGN(auto tenant, create_plan_from(made));
  TRY_ASSIGN(const auto from_document, json_field<nlohmann::json>(parameters, "from"));
  TRY_ASSIGN(auto from, plan_from(from_document));
  TRY_ASSIGN(const auto to_document, json_field<nlohmann::json>(parameters, "to"));
  TRY_ASSIGN(auto to, plan_from(to_document));
  TRY_ASSIGN(auto reason, json_text_if_any(parameters, "reason"));
  return PlanChange{.tenant = std::move(tenant),
                    .from = std::move(from),
                    .to = std::move(to),
                    .reason = std::move(reason),
                    .ends_trial = parameters.value("ends_trial", false)};
}

Pipeline plan_change_pipeline(const PlanChange& change, DatabaseServer* server) {
  Pipeline pipeline;
  if (server == nullptr) return pipeline;
  pipeline.push_back(std::make_unique<RoleLimitsStep>(change, *server));
  pipeline.push_back(std::make_unique<PlanRowStep>(change, *server));
  return pipeline;
}

std::span<const std::string_view> plan_change_step_ids() { return k_plan_change_ids; }

}  // namespace tenantctl
