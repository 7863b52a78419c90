// Finds and removes the drafts that atomic_file.hpp leaves where its process is killed in a replacement, or on a file system
// without nameless files. It knows them by their name, which nobody else makes, and leaves alone what may still be written.
#pragma once
#include <chrono>
#include <filesystem>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

/// A draft is written and renamed within moments. A process that was stopped for longer than this and then goes on fails at
/// its rename, and undoes what it did: nothing is lost.
inline constexpr std::chrono::minutes k_draft_lifetime{1};

/// Whether the file is a draft of ours that nobody has written to for k_draft_lifetime.
bool is_abandoned_temporary(const std::filesystem::path& file);

/// Absent is success. Errors: foreign_object where it is no abandoned draft; permission_denied, io_failed.
Result<void> remove_temporary(const std::filesystem::path& file);

/// The folder's own regular files by name, none where there is no such folder. Errors: permission_denied, io_failed.
Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder);

}  // namespace tenantctl
