#include "pipeline/steps/role_limits_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

RoleLimitsStep::RoleLimitsStep(const PlanChange& change, DatabaseServer& server)
    : server_(server),
      names_(change.tenant.database),
      from_(change.tenant.limits),
      to_(role_limits(change.to)),
      description_(fmt::format("give login \"{}\" the limits of plan \"{}\"", names_.login.str(), change.to.name.str())) {}

Result<Observation> RoleLimitsStep::probe() {
  const auto limits = server_.limits(names_);
  if (!limits && limits.error().code == ErrorCode::foreign_object)
    return Observation{Presence::foreign, evidence_of(names_), limits.error().message};
  if (!limits) return fail(limits.error());
  const auto presence = *limits == to_ ? Presence::complete : *limits == from_ ? Presence::absent : Presence::partial;
  return Observation{presence, evidence_of(names_)};
}

Result<Evidence> RoleLimitsStep::apply() {
  TRY(server_.set_limits(names_, to_));
  return evidence_of(names_);
}

// The limits are the operation's own parameters, as the evidence is.
Result<void> RoleLimitsStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  return server_.set_limits(names, from_);
}

}  // namespace tenantctl
