// Trials in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/trial_store.hpp"

namespace tenantctl::postgres {

class ControlTrials final : public TrialStore {
 public:
  explicit ControlTrials(ControlSession& session) : session_(session) {}

  Result<std::vector<TrialDue>> due(Instant now) override;
  Result<std::vector<std::string>> remind(Instant now) override;
  Result<std::vector<std::string>> begin_grace(Instant now, const TrialCalendar& calendar) override;
  Result<Instant> end_of(Instant begin, int days, const TrialCalendar& calendar) override;
  Result<void> extend(const TenantId& tenant, Instant end, Instant later, const AuditEntry& audit) override;
  Result<void> set_payment(const TenantId& tenant, const std::string& reference, const AuditEntry& audit) override;

 private:
  Result<std::vector<std::string>> told(const char* statement, std::string_view event, Instant now, const Parameter& second);

  ControlSession& session_;
};

}  // namespace tenantctl::postgres
