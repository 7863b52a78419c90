#include "pipeline/steps/access_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

AccessStep::AccessStep(const CreatePlan& plan, const CreatePorts& ports)
    : server_(ports.server),
      names_(plan.database),
      description_(fmt::format("close {} \"{}\" to everyone but \"{}\"", names_.schema ? "schema" : "database", names_.place(),
                               names_.login.str())) {}

Result<Observation> AccessStep::probe() {
  TRY_ASSIGN(auto seen, server_.observe_access(names_));
  return Observation{seen.presence, evidence_of(names_), std::move(seen.detail)};
}

Result<Evidence> AccessStep::apply() {
  TRY(server_.grant_access(names_));
  return evidence_of(names_);
}

Result<void> AccessStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
