// A connection to one host that is logged in, and the commands that run over it, a channel each. One thread at a time may
// use it, for one command at a time: libssh's sessions can't be shared.
#pragma once
#include <memory>

#include "adapters/ssh/handles.hpp"
#include "adapters/ssh/liveness.hpp"
#include "core/ssh_host.hpp"
#include "ports/shell.hpp"

namespace tenantctl::ssh {

struct Attempt {
  Result<ShellOutcome> outcome;
  bool begun = true;  // false: certainly nothing of the command ran
};

class Link {
 public:
  /// Judges the host's key before it logs in. `host` must outlive it.
  /// Errors: host_unreachable (retryable), host_key_*, ssh_refused, permission_denied or io_failed (known_hosts), internal.
  static Result<std::unique_ptr<Link>> open(const SshHost& host);

  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  Attempt run(const ShellCommand& command);

  /// False where it is broken, or the host still holds something of ours.
  bool usable();

 private:
  Link(const SshHost& host, SessionHandle session);

  const SshHost& host_;
  SessionHandle session_;
  EventHandle event_;
  Liveness liveness_;
  bool worn_ = false;
};

}  // namespace tenantctl::ssh
