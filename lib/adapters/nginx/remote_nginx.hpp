// The nginx that runs on a host behind a shell: found by its pid file, proved by its title, looked at and signalled by small
// programs there. It needs curl on that host, to ask nginx over its unix socket, and writes no file.
#pragma once
#include <memory>
#include <string>

#include "adapters/nginx/site_host.hpp"

namespace tenantctl {

/// `host` is how messages call it; `shell` must outlive the result. Errors: nginx_unreachable, and what the shell says.
Result<std::unique_ptr<NginxProcess>> find_remote_nginx(const std::string& host, Shell& shell, const std::filesystem::path& pid_file);

/// Empty where nginx can't be asked. Errors: process_failed where there is no curl; what the shell says.
Result<std::string> remote_generation(const std::string& host, Shell& shell, const std::filesystem::path& status_socket);

}  // namespace tenantctl
