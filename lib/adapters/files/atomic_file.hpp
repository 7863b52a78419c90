// Files that are there whole or not at all, and that a power cut does not take back. It never leaves a temporary file
// behind, follows no symbolic link in the last part of a path, and judges nobody's ownership: its callers do.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/result.hpp"

namespace tenantctl {

/// As root, a new file or folder is given to the owner of the folder that it goes into, so that a service's own files stay its own.
enum class FileOwner { ours, of_folder };

struct FileContent {
  std::filesystem::path path;
  std::string text;
  mode_t mode = 0644;
  FileOwner owner = FileOwner::ours;
};

/// Creates all of the files, which lie in one folder, or none of them; nothing that exists is replaced.
/// Errors: foreign_object (one of the names is taken), disk_full, permission_denied, io_failed.
Result<void> create_files(std::span<const FileContent> files);
Result<void> create_file(const FileContent& file);

/// Puts the file in place of an old one, if any; on failure the old one is as it was. Errors: as create_files but foreign_object.
Result<void> replace_file(const FileContent& file);

/// Removes the files, which lie in one folder; absent is success. Errors: permission_denied, io_failed.
Result<void> remove_files(std::span<const std::filesystem::path> files);
Result<void> remove_file(const std::filesystem::path& file);

/// Nothing where there is none. What is no regular file (a folder, a symbolic link) reads as empty, so that it carries
/// nobody's mark; at most 64 KiB are read. Errors: permission_denied, io_failed.
Result<std::optional<std::string>> read_small_file(const std::filesystem::path& file);

/// Creates the folder and the missing ones above it; one that exists keeps its mode. Errors: disk_full, permission_denied, io_failed.
Result<void> create_folder(const std::filesystem::path& folder, mode_t mode, FileOwner owner = FileOwner::ours);

/// What somebody else has written to the file or folder outlasts a power cut. Errors: disk_full, permission_denied, io_failed.
Result<void> make_durable(const std::filesystem::path& path);

/// What errno says, as an error about `path`: disk_full, permission_denied or io_failed. `verb` as in "write".
Error file_error(std::string_view verb, const std::filesystem::path& path, int error_number);

}  // namespace tenantctl
