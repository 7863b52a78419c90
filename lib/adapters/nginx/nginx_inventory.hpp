// Everything of tenants in the folder that nginx and tenantctl share, of both modes: a mode may have been changed since.
// It judges by the header alone, and tells nginx nothing.
#pragma once
#include <filesystem>
#include <vector>

#include "adapters/nginx/site_host.hpp"
#include "core/inventory.hpp"

namespace tenantctl {

/// Files with a tenant's header in routes/STACK, sites, suspended and domains/SLUG, and abandoned temporary files there and in the folder
/// itself. Errors: io_failed, permission_denied.
Result<std::vector<Thing>> nginx_inventory(SiteHost& host, const std::filesystem::path& dir);

/// Removes a file that nginx_inventory returned; absent is success. Errors: foreign_object, io_failed, permission_denied.
Result<void> remove_inventoried(SiteHost& host, const std::filesystem::path& dir, const Thing& file);

}  // namespace tenantctl
