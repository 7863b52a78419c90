#include "core/expiry.hpp"

#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::chrono::milliseconds k_shortest_ttl = std::chrono::minutes(1);
constexpr std::chrono::milliseconds k_longest_ttl = std::chrono::hours(24 * 365);

}  // namespace

Result<std::chrono::milliseconds> parse_ttl(std::string_view text) {
  if (const auto ttl = parse_span(text); ttl && *ttl >= k_shortest_ttl && *ttl <= k_longest_ttl) return *ttl;
  return fail(
      make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no span of time of 1 minute to 365 days", printable(text.substr(0, 60))))
          .with_hint("write a whole number and its unit, such as 30m, 2h or 7d"));
}

bool is_still_due(const ExpiryDue& due, const Tenant& tenant, Instant now) {
  return tenant.id == due.id && tenant.status != TenantStatus::deleted && tenant.expires_at && *tenant.expires_at <= now;
}

}  // namespace tenantctl
