#include "core/tenant.hpp"

#include "core/enum_names.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 6> k_statuses{"provisioning", "active", "suspended", "cancelled", "deleted", "failed"};

}  // namespace

std::string_view to_string(TenantStatus status) { return k_statuses[static_cast<std::size_t>(status)]; }

Result<TenantStatus> parse_tenant_status(std::string_view text) { return parse_enum<TenantStatus>(k_statuses, "a tenant's status", text); }

}  // namespace tenantctl
