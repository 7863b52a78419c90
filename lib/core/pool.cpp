#include "core/pool.hpp"

#include <array>

#include "core/ascii.hpp"
#include "core/enum_names.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 4> k_pool_states{"filling", "ready", "claimed", "draining"};

}  // namespace

std::string_view to_string(PoolState state) { return k_pool_states[static_cast<std::size_t>(state)]; }
Result<PoolState> parse_pool_state(std::string_view text) { return parse_enum<PoolState>(k_pool_states, "a pool entry's state", text); }

TenantSlug pool_slug(const TenantCode& code) { return *TenantSlug::parse("pool-" + to_lower(code.str())); }

}  // namespace tenantctl
