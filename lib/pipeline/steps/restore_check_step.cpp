#include "pipeline/steps/restore_check_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {
namespace {

/// The part of a backup's id that no other has.
std::string_view word_of(const BackupId& id) { return std::string_view(id.str()).substr(id.str().find('-') + 1); }

}  // namespace

RestoreCheckStep::RestoreCheckStep(const LifePlan& plan, DatabaseServer& server, Archiver& archiver, BackupStore& store)
    : slug_(plan.tenant.slug),
      code_(plan.tenant.code),
      id_(*plan.backup),
      scratch_(scratch_of(plan.tenant.tenant(), word_of(id_))),
      server_(server),
      archiver_(archiver),
      store_(store),
      description_(fmt::format("restore backup {} into database \"{}\", compare, and drop it", id_.str(), scratch_.database.str())) {}

Result<Observation> RestoreCheckStep::probe() {
  TRY_ASSIGN(auto seen, server_.observe_database(scratch_));
  // What is there is a check that was cut off.
  const auto presence = seen.presence == Presence::complete ? Presence::partial : seen.presence;
  return Observation{presence, evidence_of(scratch_), std::move(seen.detail)};
}

Result<Evidence> RestoreCheckStep::apply() {
  TRY_ASSIGN(const auto stored, found_backup(store_, slug_, code_, id_));
  TRY(check_restore(stored, scratch_, server_, archiver_));
  return evidence_of(scratch_);
}

Result<void> RestoreCheckStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto scratch, database_from(evidence));
  return drop_scratch(scratch, server_);
}

}  // namespace tenantctl
