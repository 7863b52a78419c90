// `--lock-wait`: how long a command waits for a tenant that another operation holds. Without it, it does not wait.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "commands/services.hpp"

namespace tenantctl {

void add_lock_wait(CLI::App& command, std::string& wait);

/// Takes the lock on a tenant's name, trying again for as long as `wait` says (empty: not at all), until a signal comes.
/// Errors: bad_value where `wait` is no duration; locked, naming the holder; interrupted, terminated, interrupted_hangup;
/// control_unreachable.
Result<std::unique_ptr<TenantLock>> lock_tenant(const TenantSlug& slug, const std::string& wait, ControlPlane& control, Services& services);

}  // namespace tenantctl
