// Where Debian puts the servers that the sandbox runs: not all of them are on everybody's PATH.
#pragma once
#include <filesystem>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

/// Errors: process_failed (not installed).
Result<std::filesystem::path> find_postgres_program(std::string_view name);
Result<std::filesystem::path> find_nginx();

}  // namespace tenantctl
