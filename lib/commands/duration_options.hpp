// Options that are durations: among them `--lock-wait`, how long a command waits for a tenant that another operation holds.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace tenantctl {

/// A text that is no duration, as parse_duration reads them, is a usage error.
CLI::Option* add_duration(CLI::App& command, const char* name, std::string& value, const char* description);

/// For lock_tenant; without it, a command does not wait.
void add_lock_wait(CLI::App& command, std::string& wait);

}  // namespace tenantctl
