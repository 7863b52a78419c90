// The size and SHA-256 of a file of any size, made durable on the way.
#pragma once
#include <filesystem>

#include "core/backup.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// With the file's name. Follows no symbolic link. Errors: file_not_found, permission_denied, io_failed.
Result<BackupFile> measure(const std::filesystem::path& file);

/// What was written to the file or folder outlasts a power cut. Errors: disk_full, permission_denied, io_failed.
Result<void> make_durable(const std::filesystem::path& path);

}  // namespace tenantctl
