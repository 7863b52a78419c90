// `--lock-wait`: how long a command waits for a tenant that another operation holds. Without it, it does not wait.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace tenantctl {

/// For lock_tenant; a text that is no duration is a usage error.
void add_lock_wait(CLI::App& command, std::string& wait);

}  // namespace tenantctl
