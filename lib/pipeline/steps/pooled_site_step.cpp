#include "pipeline/steps/pooled_site_step.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"

namespace tenantctl {
namespace {

FrappeSite renamed(FrappeSite site, HostName name) {
  site.name = std::move(name);
  return site;
}

}  // namespace

PooledSiteStep::PooledSiteStep(const CreatePlan& plan, const SitePorts& ports)
    : bench_(ports.bench),
      site_(plan.frappe->site),
      standby_(renamed(site_, *plan.frappe->standby)),
      description_(fmt::format("rename the standby site \"{}\" on host \"{}\" to \"{}\"", standby_.name.str(), plan.server.str(),
                               site_.name.str())) {}

Evidence PooledSiteStep::evidence() const {
  auto evidence = to_json(site_);
  evidence["standby"] = standby_.name.str();
  return evidence;
}

/// Foreign is only what would be lost to us: where somebody else has the new name, the standby is ours to drop all the same.
Result<Observation> PooledSiteStep::probe() {
  TRY_ASSIGN(auto seen, bench_.observe_site(site_));
  if (seen.presence == Presence::complete) return Observation{Presence::complete, evidence()};
  const bool begun = seen.presence == Presence::partial;
  TRY_ASSIGN(seen, bench_.observe_site(standby_));
  if (seen.presence == Presence::foreign) return Observation{Presence::foreign, evidence(), std::move(seen.detail)};
  const bool there = begun || seen.presence != Presence::absent;
  return Observation{there ? Presence::partial : Presence::absent, evidence(), std::move(seen.detail)};
}

Result<Evidence> PooledSiteStep::apply() {
  TRY(bench_.adopt_site(site_, standby_.name));
  return evidence();
}

Result<void> PooledSiteStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto site, frappe_site_from(evidence));
  TRY_ASSIGN(auto standby, json_name<HostName>(evidence, "standby"));
  // By its first name first: a renaming that comes late finds nothing to rename then, and one that came before is seen by the second.
  TRY(drop_if_ours(renamed(site, std::move(standby))));
  return drop_if_ours(site);
}

/// Nothing of these names was made by us where one is somebody else's: the database goes with the other.
Result<void> PooledSiteStep::drop_if_ours(const FrappeSite& site) {
  TRY_ASSIGN(const auto seen, bench_.observe_site(site));
  return seen.presence == Presence::foreign ? Result<void>() : bench_.drop_site(site);
}

}  // namespace tenantctl
