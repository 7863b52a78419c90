// Judges the key that a host shows against its known_hosts file, before any login. It never replaces a key, and finds
// revoked ones by itself: libssh skips the lines that begin with a marker.
#pragma once
#include "adapters/ssh/handles.hpp"
#include "ports/host_keys.hpp"

namespace tenantctl {

/// May be used from several threads at once.
class SshHostKeys : public HostKeys {
 public:
  Result<HostKey> fetch(const SshHost& host) override;
  Result<void> add(const SshHost& host, const HostKey& key) override;
};

namespace ssh {

/// The key of a session that is connected. Errors: permission_denied, io_failed (known_hosts), internal.
Result<HostKey> shown_key(ssh_session session, const SshHost& host);

/// Errors: host_key_unknown, host_key_changed, host_key_revoked, host_key_other_type, each with what to do.
Result<void> require_known(const HostKey& key, const SshHost& host);

}  // namespace ssh
}  // namespace tenantctl
