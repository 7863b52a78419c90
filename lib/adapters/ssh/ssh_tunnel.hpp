// A tunnel to one server through an SSH host: a socket in the abstract namespace whose connections, this process's own and
// no others, each get a channel of one SSH session. A thread moves the bytes; nothing is left on disk, and nothing listens on a port.
#pragma once
#include <memory>

#include "core/ssh_host.hpp"
#include "ports/tunnel.hpp"

namespace tenantctl {

namespace ssh {
class Relay;
}

class SshTunnel : public Tunnel {
 public:
  SshTunnel(SshHost host, TunnelTarget target);
  SshTunnel(const SshTunnel&) = delete;
  SshTunnel& operator=(const SshTunnel&) = delete;
  ~SshTunnel() override;

  Result<TunnelEnd> open() override;
  std::optional<Error> complaint() override;
  std::string describe() const override;

 private:
  const SshHost host_;
  const TunnelTarget target_;
  const TunnelEnd end_;
  std::unique_ptr<ssh::Relay> relay_;
};

}  // namespace tenantctl
