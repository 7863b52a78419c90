// Reaches a host's SSH server and agrees on keys with it, within a deadline. It trusts nobody yet: the host's key is not
// judged here, and nothing about us but the protocol's version is told.
#pragma once
#include "adapters/ssh/handles.hpp"
#include "core/result.hpp"
#include "core/ssh_host.hpp"

namespace tenantctl::ssh {

/// A session that does not block, reads no ssh_config, and knows only host.known_hosts. The kernel notices a dead peer too.
/// Errors: host_unreachable (retryable).
Result<SessionHandle> dial(const SshHost& host, Deadline deadline);

/// Not connected anywhere; for what libssh knows of a host without it. Errors: internal.
Result<SessionHandle> make_session(const SshHost& host);

/// Waits until the session's socket has something for us, or takes something. False at the deadline.
bool wait_for_socket(ssh_session session, Deadline deadline);

/// `"frappe1" (10.0.0.5:22)`, as messages call it.
std::string label(const SshHost& host);

/// What libssh said last, in the form of our messages.
std::string last_words(ssh_session session);

}  // namespace tenantctl::ssh
