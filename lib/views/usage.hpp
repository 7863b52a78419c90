// Reports about what tenants used: what a run of `usage collect` has measured, and a month of all tenants.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/instant.hpp"
#include "core/limits.hpp"
#include "core/month.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// What was measured of one tenant.
struct CollectedLine {
  std::string slug;
  std::map<std::string, std::int64_t> used = {};  // of what there is for each company: of the one that has most
  bool is_held = false;                           // by another operation, so that the stack's queries were left out
  std::optional<Error> failure = {};
};

struct CollectedView {
  std::vector<CollectedLine> lines;  // by slug
  /// What else could not be measured: a server, nginx's log.
  std::vector<std::pair<std::string, Error>> failures = {};
  std::int64_t requests = 0;          // counted in nginx's log
  std::int64_t unreadable_lines = 0;  // in it
  std::int64_t pruned = 0;            // old reports that were taken away
};
/// Status 1 where anything failed.
Report usage_collected_report(CollectedView view);

/// Of what one tenant used of one resource in a month.
struct MonthUse {
  const Resource* resource;
  std::int64_t used = 0;
  std::int64_t peak = 0;  // of the days
  Limit limit;

  /// Of a day, the highest counts against its limit.
  bool is_over() const { return limit && (resource->kind == ResourceKind::month ? used : peak) > *limit; }
};

struct MonthLine {
  std::string slug;
  std::string plan;
  std::vector<MonthUse> uses;
};

enum class MonthAs : std::uint8_t { table, csv };

Report usage_month_report(Month month, std::vector<MonthLine> lines, MonthAs as);

}  // namespace tenantctl
