#include "pipeline/life_pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pipeline/removals.hpp"
#include "pipeline/steps/door_step.hpp"
#include "pipeline/steps/evidence.hpp"
#include "pipeline/steps/nothing_left_step.hpp"
#include "pipeline/steps/receipt_step.hpp"
#include "pipeline/steps/restore_check_step.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 15> k_ids{
    BackupStep::k_id,
    "suspend_route",  // visitors are told first, so that none of them meets a half closed application
    "suspend_login",  // then nobody is let in to the data, and those inside are put out
    "suspend_site",   // or, of a Frappe tenant, the site
    "activate_site", "activate_login",
    "activate_route",  // visitors come back last
    RestoreCheckStep::k_id,
    "drop_database",  // from here on there is no way back; the data goes first, because the roles prove whose it is
    "drop_site", "drop_route", "drop_credentials", "drop_roles", NothingLeftStep::k_id, ReceiptStep::k_id,
};

Door route_door(const CreatePlan& plan, SiteRouter& router) {
  const auto route = route_of(plan);
  return {.what = fmt::format("\"{}\" and \"{}\"", route.front.str(), route.back.str()),
          .evidence = evidence_of(route),
          .look = [route, &router] { return router.observe_suspension(route); },
          .close = [route, &router] { return router.suspend(route); },
          .open = [route, &router] { return router.activate(route); }};
}

Door login_door(const CreatePlan& plan, DatabaseServer& server) {
  const auto names = plan.database;
  return {.what = fmt::format("login \"{}\"", names.login.str()),
          .evidence = evidence_of(names),
          .look = [names, &server]() -> Result<Observed> {
            TRY_ASSIGN(auto seen, server.observe_login(names));
            seen.presence = opposite(seen.presence);
            return seen;
          },
          .close = [names, &server] { return server.suspend_login(names); },
          .open = [names, &server] { return server.activate_login(names); }};
}

Door site_door(const CreatePlan& plan, FrappeBench& bench) {
  const auto site = plan.frappe->site;
  return {.what = fmt::format("site \"{}\"", site.name.str()),
          .evidence = to_json(site),
          .look = [site, &bench] { return bench.observe_suspension(site); },
          .close = [site, &bench] { return bench.suspend_site(site); },
          .open = [site, &bench] { return bench.activate_site(site); }};
}

/// Suspensions begin with it: where it fails, no door was touched.
void add_backup(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports) {
  if (!plan.backup || ports.archiver == nullptr) return;
  const auto take = [names = plan.tenant.database, archiver = ports.archiver](const std::filesystem::path& folder) { return archiver->dump(names, folder); };
  pipeline.push_back(std::make_unique<BackupStep>(plan, ports.header, take, *ports.backups));
}

void add_doors(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports) {
  const auto to = plan.verb == TenantVerb::activate ? DoorState::open : DoorState::closed;
  const auto from = plan.from == TenantStatus::active ? DoorState::open : DoorState::closed;
  const std::string verb = to == DoorState::open ? "activate" : "suspend";
  const auto first = pipeline.size();
  pipeline.push_back(std::make_unique<DoorStep>(verb + "_route", route_door(plan.tenant, ports.router), to, from));
  if (ports.bench != nullptr) pipeline.push_back(std::make_unique<DoorStep>(verb + "_site", site_door(plan.tenant, *ports.bench), to, from));
  else pipeline.push_back(std::make_unique<DoorStep>(verb + "_login", login_door(plan.tenant, *ports.server), to, from));
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
  if (plan.backup && ports.archiver != nullptr) pipeline.push_back(std::make_unique<RestoreCheckStep>(plan, *ports.server, *ports.archiver, *ports.backups));
  add_removals(pipeline, plan, ports);
  return pipeline;
}

std::span<const std::string_view> life_step_ids() { return k_ids; }

}  // namespace tenantctl
