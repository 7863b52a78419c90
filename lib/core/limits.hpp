// What plans limit, and what a caller is told who wants more of it. Values only: how much there is of it is asked elsewhere.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// A number, or nothing for `unlimited`.
using Limit = std::optional<std::int64_t>;

/// How much of it there is: as many as were made and not given back; the sum of a month's or a day's; what was measured last.
enum class ResourceKind : std::uint8_t { count, month, day, measured };
std::string_view to_string(ResourceKind kind);

struct Resource {
  std::string_view name;   // in plans.yaml: "companies"
  std::string_view one;    // "company"
  std::string_view label;  // "Company", in what a tenant's user reads
  ResourceKind kind;
  bool is_per_company = false;
  bool is_limited = true;  // by plans
};

/// All that a plan says a limit of, in its order.
std::span<const Resource> limited_resources();
/// All that usage is kept of: the limited ones, and then what is only counted.
std::span<const Resource> used_resources();
/// Of those. Errors: bad_value.
Result<const Resource*> find_used_resource(std::string_view name);
/// By its name, or as one of it. Errors: bad_value, with the nearest as hint.
Result<const Resource*> find_resource(std::string_view word);

/// No amount is more than that, so that two of them can be added.
inline constexpr std::int64_t k_highest_amount = 1'000'000'000'000'000;

/// "unlimited", or the number.
std::string limit_text(const Limit& limit);
/// Errors: bad_value.
Result<Limit> parse_limit(std::string_view text);

/// Another limit than the plan's, for one tenant.
struct LimitOverride {
  Limit amount;
  std::optional<Instant> until = {};  // empty: for good
  std::string reason = {};
};

struct LimitQuestion {
  const Resource& resource;
  Limit limit;
  std::int64_t current = 0;
  std::int64_t wanted = 1;
  bool has_price = false;  // what is above the limit is charged, and not refused
  int soft_percent = 100;  // of the limit: above that is warned
  bool is_suspended = false;
};

struct LimitAnswer {
  bool can_create = true;
  std::string message = {};  // for the tenant's users; empty: nothing to say
};

LimitAnswer answer_to(const LimitQuestion& question);

}  // namespace tenantctl
