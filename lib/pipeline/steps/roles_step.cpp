#include "pipeline/steps/roles_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

RolesStep::RolesStep(const CreatePlan& plan, DatabaseServer& server)
    : server_(server),
      names_(plan.database),
      limits_(plan.limits),
      description_(
          fmt::format("create roles \"{}\" and \"{}\" on server \"{}\"", names_.owner.str(), names_.login.str(), plan.server.str())) {}

Result<Observation> RolesStep::probe() {
  TRY_ASSIGN(auto seen, server_.observe_roles(names_));
  return Observation{seen.presence, evidence_of(names_), std::move(seen.detail)};
}

Result<Evidence> RolesStep::apply() {
  TRY(server_.create_roles(names_, limits_));
  return evidence_of(names_);
}

Result<void> RolesStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  return server_.drop_roles(names);
}

}  // namespace tenantctl
