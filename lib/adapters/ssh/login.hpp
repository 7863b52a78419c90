// Proves to a host who we are, by key files and then the agent. It asks nobody for a passphrase, and tries no password.
#pragma once
#include "adapters/ssh/handles.hpp"
#include "core/result.hpp"
#include "core/ssh_host.hpp"

namespace tenantctl::ssh {

/// A session with a host whose key was judged before anything else, and which has let us in; within host.connect_limit.
/// Errors: host_unreachable (retryable), host_key_*, ssh_refused (says of each of our keys why), permission_denied or
/// io_failed (known_hosts), internal.
Result<SessionHandle> enter(const SshHost& host);

}  // namespace tenantctl::ssh
