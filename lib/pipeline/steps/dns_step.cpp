#include "pipeline/steps/dns_step.hpp"

#include <fmt/format.h>

#include "pipeline/dns_records.hpp"

namespace tenantctl {

DnsStep::DnsStep(const CreatePlan& plan, DnsZone& zone)
    : zone_(zone),
      records_(*plan.dns),
      description_(fmt::format("add {} DNS records for \"{}\" and \"{}\" to zone \"{}\"", records_.records.size(), plan.front.str(),
                               plan.back.str(), records_.zone)) {}

Result<Observation> DnsStep::probe() {
  TRY_ASSIGN(auto seen, zone_.observe(records_));
  return Observation{seen.presence, to_json(records_), std::move(seen.detail)};
}

Result<Observation> DnsStep::foresee() {
  TRY_ASSIGN(auto seen, probe());
  if (seen.presence != Presence::absent) return seen;
  const auto free = zone_.check_free(records_);
  if (free) return seen;
  if (free.error().code != ErrorCode::foreign_object) return fail(free.error());
  return Observation{Presence::foreign, std::move(seen.evidence), free.error().message};
}

Result<Evidence> DnsStep::apply() {
  TRY(zone_.publish(records_));
  return to_json(records_);
}

Result<void> DnsStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto records, tenant_records_from(evidence));
  return zone_.withdraw(records);
}

}  // namespace tenantctl
