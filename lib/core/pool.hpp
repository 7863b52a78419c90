// Databases and Frappe sites made ahead of time, so that a create need not wait for them. Values only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

/// filling: being made, or half made. claimed: a create is about to take it. draining: never handed out, to be dropped.
/// Persisted by name.
enum class PoolState : std::uint8_t { filling, ready, claimed, draining };
std::string_view to_string(PoolState state);
Result<PoolState> parse_pool_state(std::string_view text);

/// Who a tenant is on servers: drawn when its database is made, which may be long before anybody wants it.
struct Identity {
  TenantId id;
  TenantCode code;
};

struct PoolEntry {
  Identity identity;
  std::string stack;
  std::string server;
  std::string template_name = {};  // that it is a clone of; empty until it is ready
  PoolState state = PoolState::filling;
  OperationId filled_by;
  Instant created_at{};
};

/// What its operations call it, as it has no slug yet: "pool-a1b2c3d4".
TenantSlug pool_slug(const TenantCode& code);

}  // namespace tenantctl
