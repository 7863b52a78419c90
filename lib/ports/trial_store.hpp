// Trials in the control database. What needs no other server is done there for all tenants at once, so that of runs that overlap each
// tenant meets one; what does need one is listed, to be done under the tenant's lock.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/audit.hpp"
#include "core/trial.hpp"

namespace tenantctl {

class TrialStore {
 public:
  virtual ~TrialStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// All that is due, by slug, and nothing is done.
  virtual Result<std::vector<TrialDue>> due(Instant now) = 0;
  /// Tells those of an end that is near, each once for each of k_trial_reminders: of several that were missed only the nearest. The slugs
  /// of those that were told.
  virtual Result<std::vector<std::string>> remind(Instant now) = 0;
  /// Begins the grace, of as many days as the tenant's terms have, and tells them. It is counted from `now`: whoever is told late has as
  /// long as all others. Errors: config_invalid, where there is no such time zone.
  virtual Result<std::vector<std::string>> begin_grace(Instant now, const TrialCalendar& calendar) = 0;
  /// When a trial of so many days ends that begins then. Errors: config_invalid, where there is no such time zone.
  virtual Result<Instant> end_of(Instant begin, int days, const TrialCalendar& calendar) = 0;
  /// A trial that ended at `end` ends `later`; its grace and its reminders begin anew. Errors: state_conflict, where it has another end
  /// by now, or no trial.
  virtual Result<void> extend(const TenantId& tenant, Instant end, Instant later, const AuditEntry& audit) = 0;
  /// Empty: there is none.
  virtual Result<void> set_payment(const TenantId& tenant, const std::string& reference, const AuditEntry& audit) = 0;
};

}  // namespace tenantctl
