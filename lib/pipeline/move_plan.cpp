#include "pipeline/move_plan.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

CreatePlan MovePlan::moved() const {
  auto there = tenant;
  there.server = to;
  return there;
}

TenantEnds ends_of(const MovePlan& plan) {
  return {.on_success = MoveTenant{.server = plan.to.str(), .old_database = plan.aside.str()},
          .on_undone = StayTenant{},
          .on_stuck = KeepTenant{}};
}

nlohmann::json to_parameters(const MovePlan& plan) {
  return {{"tenant_as_made", to_parameters(plan.tenant)},   {"from", to_string(plan.from)},
          {std::string(k_moves_to), plan.to.str()},         {"backup", plan.backup.str()},
          {"backups_folder", plan.backups_folder.string()}, {"aside", plan.aside.str()}};
}

Result<MovePlan> move_plan_from(const nlohmann::json& parameters) {
  TRY_ASSIGN(const auto made, json_field<nlohmann::json>(parameters, "tenant_as_made"));
  TRY_ASSIGN(auto tenant, create_plan_from(made));
  TRY_ASSIGN(const auto from, json_status(parameters, "from"));
  TRY_ASSIGN(auto to, json_name<ConfigName>(parameters, k_moves_to));
  TRY_ASSIGN(auto backup, json_name<BackupId>(parameters, "backup"));
  TRY_ASSIGN(auto folder, json_field<std::string>(parameters, "backups_folder"));
  TRY_ASSIGN(auto aside, json_name<DatabaseName>(parameters, "aside"));
  return MovePlan{.tenant = std::move(tenant),
                  .from = from,
                  .to = std::move(to),
                  .backup = std::move(backup),
                  .backups_folder = std::move(folder),
                  .aside = std::move(aside)};
}

}  // namespace tenantctl
