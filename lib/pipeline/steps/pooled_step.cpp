#include "pipeline/steps/pooled_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

PooledStep::PooledStep(const CreatePlan& plan, const CreatePorts& ports)
    : server_(ports.server),
      names_(plan.database),
      limits_(plan.limits),
      template_name_(plan.pool_template),
      description_(fmt::format("take database \"{}\" out of the pool", names_.database.str())) {}

Evidence PooledStep::evidence() const {
  auto evidence = evidence_of(names_);
  evidence["template"] = template_name_;
  return evidence;
}

Result<Observation> PooledStep::probe() {
  TRY_ASSIGN(auto seen, server_.observe_database(names_));
  return Observation{seen.presence, evidence(), std::move(seen.detail)};
}

Result<Evidence> PooledStep::apply() {
  TRY_ASSIGN(const auto seen, server_.observe_access(names_));
  if (seen.presence != Presence::complete) {
    return fail(
        make_error(ErrorCode::state_conflict, fmt::format("database \"{}\" of the pool is not as it was made: {}", names_.database.str(),
                                                          seen.detail.empty() ? "it, or its rights, are not there" : seen.detail))
            .with_hint("run the create again: it takes another one")
            .may_retry());
  }
  TRY(server_.create_roles(names_, limits_));
  return evidence();
}

Result<void> PooledStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  TRY(server_.drop_database(names));
  return server_.drop_roles(names);
}

}  // namespace tenantctl
