// Tenants that are made to go again, as values: for how long they are wanted, and whether that time is over. It reads no clock.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// The reason of deletions that end an ephemeral tenant.
inline constexpr std::string_view k_expired = "its time is over";

/// For how long a tenant is made: a span of time, from one minute to 365 days. Errors: bad_value.
Result<std::chrono::milliseconds> parse_ttl(std::string_view text);

/// One whose time was over when it was looked for.
struct ExpiryDue {
  TenantId id;  // names are used again
  std::string slug;
  TenantStatus status = TenantStatus::active;
  Instant expires_at{};
};

/// Whether it is to go, as it is now: whoever held it since may have given it more time, or deleted it.
bool is_still_due(const ExpiryDue& due, const Tenant& tenant, Instant now);

}  // namespace tenantctl
