// Reports about what plans limit and how much of it tenants use.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// An answer to `limits check` and its like: `can_create`, `current`, `limit` and `message` at the top of the document, for applications.
/// Status 8 where it is no.
struct LimitView {
  std::string slug;
  std::string resource;
  std::string company = {};
  std::int64_t current = 0;
  Limit limit;
  LimitAnswer answer;
};
Report limit_report(const LimitView& view);

Report limit_override_report(const std::string& slug, const Resource& resource, const std::optional<LimitOverride>& limit);

struct UsageLine {
  std::string resource;
  bool is_limited = true;  // by plans
  std::int64_t current = 0;
  Limit limit;
  std::optional<LimitOverride> override_in_force = {};
};
Report usage_report(const std::string& slug, const std::string& plan, const std::vector<UsageLine>& lines);

/// "storage_bytes": "1.4 MiB"; all others as numbers.
std::string amount_text(const std::string& resource, std::int64_t amount);

}  // namespace tenantctl
