// The size and SHA-256 of a file of any size, read a piece at a time. It changes nothing.
#pragma once
#include <filesystem>

#include "core/backup.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// With the file's name. Follows no symbolic link. Errors: file_not_found, permission_denied, io_failed.
Result<BackupFile> measure(const std::filesystem::path& file);

}  // namespace tenantctl
