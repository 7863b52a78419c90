// Lays out the folder that nginx and tenantctl share, and the file that nginx's http block includes. It touches neither
// nginx's own configuration nor the running server.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "adapters/nginx/site_host.hpp"
#include "core/settings.hpp"

namespace tenantctl {

/// Creates what is missing (routes/STACK, suspended, sites, domains, generation.conf) and brings tenantctl.conf up to date.
/// Returns the path of tenantctl.conf, which nginx's http block has to include.
/// Errors: config_invalid, template_invalid, disk_full, permission_denied, io_failed.
Result<std::filesystem::path> prepare_nginx_folder(SiteHost& host, const NginxSettings& nginx, const std::string& domain,
                                                   const std::map<std::string, StackSettings>& stacks);

}  // namespace tenantctl
