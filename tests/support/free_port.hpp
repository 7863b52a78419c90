// A TCP port of 127.0.0.1 that nobody listens on. Another program may take it before its asker does.
#pragma once

namespace tenantctl::test {

/// Throws std::runtime_error where there is none.
int free_port();

}  // namespace tenantctl::test
