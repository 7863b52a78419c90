// The keys that hosts prove themselves with, and the file that says which of them we trust. It logs in nowhere, and takes
// no key for a host that already has another one.
#pragma once
#include "core/host_key.hpp"
#include "core/result.hpp"
#include "core/ssh_host.hpp"

namespace tenantctl {

class HostKeys {
 public:
  virtual ~HostKeys() = default;

  /// The key that the host shows now, and how it stands to host.known_hosts. No login is tried.
  /// Errors: host_unreachable (retryable), permission_denied or io_failed (known_hosts).
  virtual Result<HostKey> fetch(const SshHost& host) = 0;

  /// Adds the key's line to host.known_hosts, whole or not at all; the same line again is success.
  /// Errors: host_key_changed (the file has another key for the host), host_key_revoked, disk_full, permission_denied,
  /// io_failed, timed_out (another process holds the file).
  virtual Result<void> add(const SshHost& host, const HostKey& key) = 0;
};

}  // namespace tenantctl
