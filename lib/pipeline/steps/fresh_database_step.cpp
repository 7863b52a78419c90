#include "pipeline/steps/fresh_database_step.hpp"

#include <fmt/format.h>

#include "pipeline/backup.hpp"
#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

FreshDatabaseStep::FreshDatabaseStep(TenantDatabase names, std::string_view backup, RestorePorts ports)
    : names_(std::move(names)),
      ports_(std::move(ports)),
      description_(fmt::format("restore {} into database \"{}\"", backup, names_.database.str())) {}

Result<Observation> FreshDatabaseStep::probe() {
  TRY_ASSIGN(auto seen, ports_.server.observe_database(names_));
  // One that is there may be half filled.
  const auto presence = seen.presence == Presence::complete ? Presence::partial : seen.presence;
  return Observation{presence, evidence_of(names_), std::move(seen.detail)};
}

Result<Evidence> FreshDatabaseStep::apply() {
  TRY_ASSIGN(const auto stored, ports_.backup());
  TRY(restore_and_compare(stored, names_, ports_.archiver));
  TRY(ports_.server.grant_access(names_));
  auto evidence = evidence_of(names_);
  evidence["backup"] = stored.backup.id.str();
  return evidence;
}

Result<void> FreshDatabaseStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  return ports_.server.drop_database(names);
}

}  // namespace tenantctl
