#include "pipeline/life_pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pipeline/doors.hpp"
#include "pipeline/removals.hpp"
#include "pipeline/steps/evidence.hpp"
#include "pipeline/steps/nothing_left_step.hpp"
#include "pipeline/steps/receipt_step.hpp"
#include "pipeline/steps/restore_check_step.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 20> k_life_ids{
    BackupStep::k_id,
    "suspend_route",  // visitors are told first, so that none of them meets a half closed application
    "suspend_login",  // then nobody is let in to the data, and those inside are put out
    "suspend_site",   // or, of a Frappe tenant, the site
    "activate_site",
    "activate_login",
    "activate_route",  // visitors come back last
    RestoreCheckStep::k_id,
    "drop_database",  // from here on there is no way back; the data goes first, because the roles prove whose it is
    "drop_site",
    "drop_route",
    "drop_certificates",  // only where some were asked for
    "drop_dns",           // only where records were made
    "drop_credentials",
    "drop_configuration",
    "drop_kept",
    "drop_roles",
    "drop_moved",  // only where moves have left something
    NothingLeftStep::k_id,
    ReceiptStep::k_id,
};

/// Suspensions begin with it: where it fails, no door was touched.
void add_backup(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports) {
  if (!plan.backup || ports.archiver == nullptr) return;
  const auto take = [names = plan.tenant.database, archiver = ports.archiver](const std::filesystem::path& folder) {
    return archiver->dump(names, folder);
  };
  pipeline.push_back(std::make_unique<BackupStep>(plan.tenant, *plan.backup, ports.header, take, *ports.backups));
}

void add_doors(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports) {
  const auto to = plan.verb == TenantVerb::activate ? DoorState::open : DoorState::closed;
  const auto from = plan.from == TenantStatus::active ? DoorState::open : DoorState::closed;
  const std::string verb = to == DoorState::open ? "activate" : "suspend";
  const auto first = pipeline.size();
  pipeline.push_back(std::make_unique<DoorStep>(verb + "_route", route_door(plan.tenant, ports.router), to, from));
  if (ports.bench != nullptr)
    pipeline.push_back(std::make_unique<DoorStep>(verb + "_site", site_door(plan.tenant.frappe->site, *ports.bench), to, from));
  else pipeline.push_back(std::make_unique<DoorStep>(verb + "_login", login_door(plan.tenant.database, *ports.server), to, from));
  if (to == DoorState::open) std::reverse(pipeline.begin() + static_cast<std::ptrdiff_t>(first), pipeline.end());
}

}  // namespace

Pipeline life_pipeline(const LifePlan& plan, const LifePorts& ports) {
  Pipeline pipeline;
  if (plan.verb != TenantVerb::remove) {
    add_backup(pipeline, plan, ports);
    add_doors(pipeline, plan, ports);
    return pipeline;
  }
  add_doors(pipeline, plan, ports);
  add_backup(pipeline, plan, ports);  // of data that nobody changes any more
  if (plan.backup && ports.archiver != nullptr)
    pipeline.push_back(std::make_unique<RestoreCheckStep>(plan, *ports.server, *ports.archiver, *ports.backups));
  add_removals(pipeline, plan, ports);
  return pipeline;
}

std::span<const std::string_view> life_step_ids() { return k_life_ids; }

}  // namespace tenantctl
