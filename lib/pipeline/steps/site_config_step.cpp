#include "pipeline/steps/site_config_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

SiteConfigStep::SiteConfigStep(const CreatePlan& plan, const SitePorts& ports)
    : bench_(ports.bench),
      plan_(*plan.frappe),
      description_(fmt::format("write {} values into the configuration of site \"{}\"", plan_.config.size(), plan_.site.name.str())) {}

Result<Observation> SiteConfigStep::probe() { return Observation{Presence::absent, to_json(plan_.site)}; }

Result<Evidence> SiteConfigStep::apply() {
  for (const auto& [key, literal] : plan_.config) TRY(bench_.set_config(plan_.site, key, literal));
  TRY(bench_.set_region(plan_.site, plan_.country, plan_.time_zone));
  return to_json(plan_.site);
}

Result<void> SiteConfigStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
