#include "pipeline/life_pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pipeline/steps/door_step.hpp"
#include "pipeline/steps/evidence.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 6> k_ids{
    "suspend_route",  // visitors are told first, so that none of them meets a half closed application
    "suspend_login",  // then nobody is let in to the data, and those inside are put out
    "suspend_site",   // or, of a Frappe tenant, the site
    "activate_site", "activate_login",
    "activate_route",  // visitors come back last
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

}  // namespace

Pipeline life_pipeline(const LifePlan& plan, const LifePorts& ports) {
  const auto to = plan.verb == TenantVerb::activate ? DoorState::open : DoorState::closed;
  const auto from = plan.from == TenantStatus::active ? DoorState::open : DoorState::closed;
  const std::string verb = to == DoorState::open ? "activate" : "suspend";
  Pipeline pipeline;
  pipeline.push_back(std::make_unique<DoorStep>(verb + "_route", route_door(plan.tenant, ports.router), to, from));
  if (ports.bench != nullptr) pipeline.push_back(std::make_unique<DoorStep>(verb + "_site", site_door(plan.tenant, *ports.bench), to, from));
  else pipeline.push_back(std::make_unique<DoorStep>(verb + "_login", login_door(plan.tenant, *ports.server), to, from));
  if (to == DoorState::open) std::ranges::reverse(pipeline);
  return pipeline;
}

std::span<const std::string_view> life_step_ids() { return k_ids; }

}  // namespace tenantctl
