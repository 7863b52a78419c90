#include "pipeline/steps/site_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

SiteStep::SiteStep(const CreatePlan& plan, const SitePorts& ports)
    : bench_(ports.bench),
      site_(plan.frappe->site),
      source_sql_(plan.frappe->source_sql),
      description_(
          fmt::format("make site \"{}\" with database \"{}\" on host \"{}\"", site_.name.str(), site_.database.str(), plan.server.str())) {}

Result<Observation> SiteStep::probe() {
  TRY_ASSIGN(auto seen, bench_.observe_site(site_));
  return Observation{seen.presence, to_json(site_), std::move(seen.detail)};
}

Result<Evidence> SiteStep::apply() {
  TRY(bench_.make_site(site_, source_sql_));
  return to_json(site_);
}

Result<void> SiteStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto site, frappe_site_from(evidence));
  return bench_.drop_site(site);
}

}  // namespace tenantctl
