// How much tenants use, in the control database. What is added up and what is granted is decided there, by functions that lock the
// tenant's row: templates/sql/control/0017_plans_usage.sql, and 0021_usage_collect.sql of what
// is measured.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/usage_store.hpp"

namespace tenantctl::postgres {

class ControlUsage final : public UsageStore {
 public:
  explicit ControlUsage(ControlSession& session) : session_(session) {}

  Result<void> record(const UsageReport& report) override;
  Result<UsageNow> now(const TenantId& tenant, const Resource& resource, const std::optional<std::string>& company, Day day) override;
  Result<LimitTaken> take(const LimitTake& take) override;
  Result<void> collect(const CollectedUsage& collected) override;
  Result<LogPlace> counted_to(const LogName& log) override;
  Result<std::optional<std::int64_t>> count_requests(const LogStep& step) override;
  Result<std::vector<MonthAmount>> month(Month month) override;
  Result<std::int64_t> prune_reports(Day before) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
