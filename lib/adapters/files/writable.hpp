// Whether files can be made somewhere, asked without making any.
#pragma once
#include <filesystem>

#include "core/result.hpp"

namespace tenantctl {

/// Whether files can be made in the folder, or, where it is missing, it can be made. Errors: permission_denied, io_failed.
Result<void> check_folder_writable(const std::filesystem::path& folder);

}  // namespace tenantctl
