// A way to a server that only another host can reach. It ends at a socket of this machine that serves this process alone.
#pragma once
#include <optional>
#include <string>

#include "core/result.hpp"

namespace tenantctl {

/// A server as the host at the far end sees it. `host` is a name, an address, or the folder of its Unix socket ("/var/run/postgresql").
struct TunnelTarget {
  std::string host;
  int port = 0;
};

/// Where the server is found here: a socket folder as libpq writes it, "@…" for the abstract namespace, which leaves no file behind.
struct TunnelEnd {
  std::string folder;
  int port = 0;
};

class Tunnel {
 public:
  virtual ~Tunnel() = default;

  /// Opens the way to the host where it is not open; the server itself is asked at each connection. What it returns holds
  /// until the host is lost. Errors: host_unreachable (retryable), host_key_*, ssh_refused, permission_denied, io_failed.
  virtual Result<TunnelEnd> open() = 0;

  /// Why the last connection did not get from the host to the server; nothing where it did. Errors it may hold:
  /// server_unreachable (retryable), ssh_refused.
  virtual std::optional<Error> complaint() = 0;

  /// `host "db1" (10.0.0.5:22)`, as messages call it.
  virtual std::string describe() const = 0;
};

}  // namespace tenantctl
