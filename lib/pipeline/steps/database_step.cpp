#include "pipeline/steps/database_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

DatabaseStep::DatabaseStep(const CreatePlan& plan, const CreatePorts& ports)
    : server_(ports.server),
      names_(plan.database),
      source_(ports.template_source),
      description_(fmt::format("create database \"{}\" from the template of stack \"{}\"", names_.database.str(), plan.stack.str())) {}

Result<Observation> DatabaseStep::probe() {
  TRY_ASSIGN(auto seen, server_.observe_database(names_));
  return Observation{seen.presence, evidence_of(names_), std::move(seen.detail)};
}

Result<Evidence> DatabaseStep::apply() {
  TRY_ASSIGN(const auto source, source_());
  TRY_ASSIGN(const auto from, server_.ensure_template(source));
  TRY(server_.create_database(names_, from));
  auto evidence = evidence_of(names_);
  evidence["template"] = from.str();
  return evidence;
}

Result<void> DatabaseStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  return server_.drop_database(names);
}

}  // namespace tenantctl
