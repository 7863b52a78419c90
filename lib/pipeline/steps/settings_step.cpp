#include "pipeline/steps/settings_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

SettingsStep::SettingsStep(const CreatePlan& plan, const CreatePorts& ports)
    : server_(ports.server),
      names_(plan.database),
      rows_(plan.settings),
      made_of_(plan.from_backup.empty() ? MadeOf::files : MadeOf::archive),
      description_(fmt::format("write {} settings into {} \"{}\"", rows_.size(), names_.schema ? "schema" : "database", names_.place())) {}

/// Nobody else can have written into the tenant's own database, and to look would cost a connection to it.
Result<Observation> SettingsStep::probe() { return Observation{Presence::absent, evidence_of(names_)}; }

Result<Evidence> SettingsStep::apply() {
  TRY(server_.write_settings(names_, rows_, made_of_));
  return evidence_of(names_);
}

Result<void> SettingsStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
