// How one PostgreSQL server is reached from here: by its connection string, or by a tunnel that has to be open first. It makes
// no connection itself.
#pragma once
#include <memory>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "ports/tunnel.hpp"

namespace tenantctl::postgres {

/// One per thread, as Tunnel is.
class ServerWay {
 public:
  /// `url`: as whoever stands at the tunnel's far end writes it. `tunnel`: empty where the server is reached from here.
  ServerWay(Secret url, std::unique_ptr<Tunnel> tunnel) : url_(std::move(url)), tunnel_(std::move(tunnel)) {}

  const Secret& url() const { return url_; }
  /// The connection string that leads there from here. Errors: as Tunnel::open; config_invalid.
  Result<Secret> open();
  /// Of what failed on the way through a tunnel, the reason is known better than libpq knows it.
  Error explained(Error error);

 private:
  Secret url_;
  std::unique_ptr<Tunnel> tunnel_;
};

}  // namespace tenantctl::postgres
