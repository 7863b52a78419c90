// How much tenants use of what their plans limit. What one source says of a day is kept by that source's name, so that it can be said
// again; whoever takes of a limit gets it or not, however many take at the same time.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/names.hpp"

namespace tenantctl {

using Day = std::chrono::sys_days;

/// In UTC.
inline Day day_of(Instant instant) { return std::chrono::floor<std::chrono::days>(instant); }

struct UsedAmount {
  const Resource* resource;
  std::int64_t amount = 0;
  std::string company = {};  // of what is counted for each
};

struct UsageReport {
  TenantId tenant;
  Day day;
  std::string source;  // of a count there is one number, whoever says it
  std::vector<UsedAmount> amounts;
};

/// Some more, or, negative, some less.
struct LimitTake {
  TenantId tenant;
  const Resource& resource;
  std::string company = {};
  Day day;
  std::string id;  // this take's own: repeated, it takes nothing more
  std::int64_t wanted = 1;
};

struct LimitTaken {
  bool granted = false;
  std::int64_t current = 0;  // afterwards
  Limit limit;
};

struct UsageNow {
  std::int64_t current = 0;
  Limit limit;
};

class UsageStore {
 public:
  virtual ~UsageStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// All of it, or nothing.
  virtual Result<void> record(const UsageReport& report) = 0;
  /// `company`: nothing stands for the one that has most.
  virtual Result<UsageNow> now(const TenantId& tenant, const Resource& resource, const std::optional<std::string>& company, Day day) = 0;
  /// In one statement. What is above a limit with a price is granted too. Errors: unfinished, where the answer was lost and it can't be
  /// found out.
  virtual Result<LimitTaken> take(const LimitTake& take) = 0;
};

}  // namespace tenantctl
