// Reads files that a person wrote: whole, of any size, through symbolic links. Files of our own, which others may tamper with,
// are read by read_small_file of atomic_file.hpp.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

/// Errors: file_not_found, permission_denied, io_failed.
Result<std::string> read_text_file(const std::filesystem::path& file);

/// Nothing where there is no such file. Errors: permission_denied, io_failed.
Result<std::optional<std::string>> read_text_file_if_any(const std::filesystem::path& file);

/// The plain files right in that folder, by name; links count as what they lead to. Errors: file_not_found, permission_denied, io_failed.
Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder);

}  // namespace tenantctl
