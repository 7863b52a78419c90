// The lock on a tenant's name, as a command takes it: at once, or within the time that its --lock-wait says.
#pragma once
#include <memory>
#include <string>

#include "commands/services.hpp"

namespace tenantctl {

/// Takes the lock on a tenant's name, trying again for as long as `wait` says (empty: not at all), until a signal comes.
/// Errors: bad_value where `wait` is no duration; locked, naming the holder; interrupted, terminated, interrupted_hangup;
/// control_unreachable.
Result<std::unique_ptr<TenantLock>> lock_tenant(const TenantSlug& slug, const std::string& wait, ControlPlane& control, Services& services);

/// A tenant as it is once its lock is held: whoever held it until then may have changed it.
struct HeldTenant {
  Tenant tenant;
  std::unique_ptr<TenantLock> lock;
};
/// Errors: as lock_tenant; tenant_not_found where it was taken away meanwhile.
Result<HeldTenant> hold_tenant(const Tenant& found, const std::string& wait, ControlPlane& control, Services& services);

}  // namespace tenantctl
