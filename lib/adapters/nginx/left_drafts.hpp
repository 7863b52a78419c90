// Drafts that a program killed on nginx's host has left of files which never came to be. It touches no file under its own name.
#pragma once
#include "adapters/nginx/site_host.hpp"

namespace tenantctl {

/// Removes the drafts of `files`; no drafts is success. `entry` keeps those away who would be writing them.
/// Errors: as SiteHost::read_files and SiteEntry::remove_files.
Result<void> remove_left_drafts(SiteHost& host, SiteEntry& entry, std::span<const std::filesystem::path> files);

}  // namespace tenantctl
