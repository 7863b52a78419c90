// Reloads nginx and believes it only when the new configuration answers and no worker of the old one takes connections any
// more. It writes no file.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>

#include "adapters/nginx/site_host.hpp"

namespace tenantctl {

/// Waits up to `limit` until `generation` is what status.sock answers and every old worker is gone or shutting down.
/// Errors: nginx_unreachable (it ended before the signal), permission_denied, nginx_unconfirmed with nginx's own words.
Result<void> reload_nginx(NginxProcess& nginx, const std::filesystem::path& status_socket, const std::string& generation,
                          std::chrono::milliseconds limit);

}  // namespace tenantctl
