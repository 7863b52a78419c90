// Lays out a sandbox's folders and writes the files that its servers read, each only where it is missing or out of date.
// It starts nothing, and refuses a folder with somebody else's files in it.
#pragma once
#include <filesystem>

#include "adapters/sandbox/sandbox_layout.hpp"
#include "adapters/sandbox/sandbox_state.hpp"
#include "adapters/sandbox/server_user.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// Makes every folder; what servers write into belongs to their user. Errors: permission_denied, disk_full, io_failed.
Result<void> create_sandbox_folders(const SandboxLayout& layout, const ServerUser& user);

/// tenantctl.yaml and the demo stack's files, where they are missing. Where the yaml names other ports than `now`, or the
/// folder `old_dir` that the sandbox was copied or moved from, it is changed there and in the tenants' credentials; all
/// else that an operator wrote stays. The yaml comes last: as long as it names an old port, the rest is gone through again.
/// Errors: config_invalid, permission_denied, disk_full, io_failed.
Result<void> write_sandbox_config(const SandboxLayout& layout, const std::filesystem::path& old_dir, const PerPart<int>& now);

/// PostgreSQL's two files, read at its start. Errors: permission_denied, disk_full, io_failed.
Result<void> write_postgres_files(const SandboxLayout& layout, int port);

/// What nginx reads, rendered from the sandbox's tenantctl.yaml. True where it differs from what was there.
/// Errors: config_invalid (the yaml), permission_denied, disk_full, io_failed.
Result<bool> write_nginx_files(const SandboxLayout& layout, const ServerUser& user);

/// A copy of the demo app that the servers' user may execute, whatever folder ours is in. Errors: sandbox_failed (there
/// is none at `source`), disk_full, permission_denied.
Result<void> copy_demo_app(const SandboxLayout& layout, const std::filesystem::path& source);

}  // namespace tenantctl
