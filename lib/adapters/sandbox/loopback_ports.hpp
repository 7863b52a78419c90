// Finds ports on 127.0.0.1 that nobody listens on. It reserves none: whoever starts a server on one must be ready to
// find it taken after all.
#pragma once
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

bool is_free_port(int port);

/// `count` different free ports. Errors: sandbox_failed.
Result<std::vector<int>> free_ports(std::size_t count);

}  // namespace tenantctl
