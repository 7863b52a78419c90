#include "pipeline/life_plan.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

Result<TenantEnds> ends_of(const LifePlan& plan) {
  TRY_ASSIGN(const auto change, transition(plan.verb, plan.from, plan.tenant.slug));
  if (plan.verb == TenantVerb::remove) {
    return TenantEnds{.on_success = MarkTenantDeleted{.reason = plan.reason, .quarantine_days = plan.quarantine_days},
                      .on_undone = KeepTenant{},
                      .on_stuck = KeepTenant{}};
  }
  return TenantEnds{
      .on_success = SetTenantStatus{.status = change.to, .reason = plan.reason}, .on_undone = KeepTenant{}, .on_stuck = KeepTenant{}};
}

nlohmann::json to_parameters(const LifePlan& plan) {
  nlohmann::json parameters{{"tenant_as_made", to_parameters(plan.tenant)},
                            {"from", to_string(plan.from)},
                            {"reason", plan.reason},
                            {"quarantine_days", plan.quarantine_days}};
  if (plan.backup) parameters["backup"] = plan.backup->str();
  if (!plan.domains.empty()) parameters["domains"] = plan.domains;
  for (const auto& order : plan.certificates) parameters["certificates"].push_back(to_json(order));
  if (!plan.old_servers.empty()) parameters["old_servers"] = plan.old_servers;
  if (!plan.backups_folder.empty()) parameters["backups_folder"] = plan.backups_folder.string();
  return parameters;
}

Result<LifePlan> life_plan_from(TenantVerb verb, const nlohmann::json& parameters) {
  TRY_ASSIGN(const auto made, json_field<nlohmann::json>(parameters, "tenant_as_made"));
  TRY_ASSIGN(auto tenant, create_plan_from(made));
  TRY_ASSIGN(const auto from, json_status(parameters, "from"));
  TRY_ASSIGN(auto reason, json_field<std::string>(parameters, "reason"));
  LifePlan plan{.tenant = std::move(tenant),
                .verb = verb,
                .from = from,
                .reason = std::move(reason),
                .quarantine_days = parameters.value("quarantine_days", 0)};
  TRY_ASSIGN(plan.backup, json_name_if_any<BackupId>(parameters, "backup"));
  TRY_ASSIGN(plan.backups_folder, json_text_if_any(parameters, "backups_folder"));
  if (parameters.contains("domains")) { TRY_ASSIGN(plan.domains, json_field<std::vector<std::string>>(parameters, "domains")); }
  if (parameters.contains("certificates")) {
    TRY_ASSIGN(const auto list, json_field<std::vector<nlohmann::json>>(parameters, "certificates"));
    for (const auto& one : list) {
      TRY_ASSIGN(auto order, certificate_order_from(one));
      plan.certificates.push_back(std::move(order));
    }
  }
  if (parameters.contains("old_servers")) { TRY_ASSIGN(plan.old_servers, json_field<std::vector<std::string>>(parameters, "old_servers")); }
  return plan;
}

}  // namespace tenantctl
