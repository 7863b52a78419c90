// Finds tenantctl.yaml, and resolves references to secrets: what of the environment the configuration depends on.
#pragma once
#include <filesystem>

#include "core/secret.hpp"
#include "core/settings.hpp"

namespace tenantctl {

/// --config, $TENANTCTL_CONFIG, ./tenantctl.yaml, $XDG_CONFIG_HOME/tenantctl/tenantctl.yaml, /etc/tenantctl/tenantctl.yaml,
/// and last the sandbox, where one was made. Errors: config_missing, listing the places.
Result<std::filesystem::path> find_config(const std::filesystem::path& option);

/// Below $XDG_STATE_HOME, else ~/.local/state, else (as root, whose home other users can't enter) /var/lib.
std::filesystem::path default_sandbox_dir();

/// $HOME; empty where it is not set.
std::filesystem::path user_home();

/// The TENANTCTL_* variables of this process that override settings.
SettingsOverrides overrides_from_environment();

/// The connection string itself. Errors: secret_unavailable, naming the reference and not its content.
Result<Secret> resolve(const UrlReference& reference);

}  // namespace tenantctl
