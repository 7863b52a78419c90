// How much tenants use of what their plans limit. What one source says of a day is kept by that source's name, so that it can be said
// again; whoever takes of a limit gets it or not, however many take at the same time.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/month.hpp"
#include "core/names.hpp"
#include "core/request_log.hpp"

namespace tenantctl {

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

/// What a run has measured of one tenant by itself.
struct CollectedUsage {
  struct Amount {
    Day day;
    UsedAmount used;
  };
  TenantId tenant;
  std::vector<Amount> amounts = {};
  std::vector<const Resource*> whole = {};  // of these all companies are among the amounts
};

/// A log of requests, by nginx's host (empty: this machine) and its path there.
struct LogName {
  std::string host;
  std::string file;
};

/// How far a log has been counted: so many bytes of that file of it.
struct LogPlace {
  std::string inode = {};  // empty: nothing of the log yet
  std::int64_t read_to = 0;

  bool operator==(const LogPlace&) const = default;
};

struct LogStep {
  LogName log;
  LogPlace from;
  LogPlace to;
  std::vector<RequestCount> counts;  // of what stands between the two
};

/// Of what one tenant used in one month.
struct MonthAmount {
  std::string slug;
  std::string plan;
  const Resource* resource;
  std::int64_t used = 0;  // the sum, or, of what there is, the most that there was
  std::int64_t peak = 0;  // of the days
  Limit limit;            // as it is today
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

  /// By the source "collect": said again it takes the place of what it said before.
  virtual Result<void> collect(const CollectedUsage& collected) = 0;
  /// Of a log that nobody has counted yet: its beginning.
  virtual Result<LogPlace> counted_to(const LogName& log) = 0;
  /// In one transaction with the place that was reached. Returns how many were tenants'; nothing where the log is not at `from` any more,
  /// because somebody else counts too.
  virtual Result<std::optional<std::int64_t>> count_requests(const LogStep& step) = 0;
  /// Of all tenants, by slug.
  virtual Result<std::vector<MonthAmount>> month(Month month) = 0;
  /// Takes away what sources have said of days before that one; the sums stay. Returns how many rows it were.
  virtual Result<std::int64_t> prune_reports(Day before) = 0;
};

}  // namespace tenantctl
