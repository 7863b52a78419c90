// Proves to a host who we are, by key files and then the agent. It asks nobody for a passphrase, and tries no password.
#pragma once
#include "adapters/ssh/handles.hpp"
#include "core/result.hpp"
#include "core/ssh_host.hpp"

namespace tenantctl::ssh {

/// To be called after the host's key was found good.
/// Errors: ssh_refused (says of each key why), host_unreachable (the deadline passed, or the link broke; retryable).
Result<void> log_in(ssh_session session, const SshHost& host, Deadline deadline);

}  // namespace tenantctl::ssh
