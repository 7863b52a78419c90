#include "pipeline/steps/plan_row_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {
namespace {

constexpr const char* k_row = "plan";

}  // namespace

PlanRowStep::PlanRowStep(const PlanChange& change, DatabaseServer& server)
    : server_(server),
      names_(change.tenant.database),
      from_(change.from.name.str()),
      to_(change.to.name.str()),
      description_(fmt::format("write plan \"{}\" into the settings of \"{}\"", to_, names_.place())) {}

Result<Observation> PlanRowStep::probe() {
  TRY_ASSIGN(const auto rows, server_.read_settings(names_));
  const auto found = rows.find(k_row);
  const auto is = found == rows.end() ? std::string() : found->second;
  return Observation{is == to_ ? Presence::complete : is == from_ ? Presence::absent : Presence::partial, evidence_of(names_)};
}

// The database may be one that was restored.
Result<Evidence> PlanRowStep::apply() {
  TRY(server_.write_settings(names_, {{k_row, to_}}, MadeOf::archive));
  return evidence_of(names_);
}

Result<void> PlanRowStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  return server_.write_settings(names, {{k_row, from_}}, MadeOf::archive);
}

}  // namespace tenantctl
