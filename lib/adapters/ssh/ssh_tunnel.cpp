#include "adapters/ssh/ssh_tunnel.hpp"

#include <fmt/format.h>

#include "adapters/files/random_word.hpp"
#include "adapters/process/pipe_signal.hpp"
#include "adapters/ssh/dial.hpp"
#include "adapters/ssh/login.hpp"
#include "adapters/ssh/relay.hpp"

namespace tenantctl {

SshTunnel::SshTunnel(SshHost host, TunnelTarget target)
    : host_(std::move(host)), target_(std::move(target)), end_{.folder = "@tenantctl-" + random_word(), .port = target_.port} {}

SshTunnel::~SshTunnel() = default;

Result<TunnelEnd> SshTunnel::open() {
  if (relay_ && relay_->alive()) return end_;
  relay_.reset();  // frees the socket's name
  const PipeSignalBlocked blocked;
  TRY_ASSIGN(auto session, ssh::enter(host_));
  TRY_ASSIGN(relay_, ssh::Relay::start(host_, target_, end_, std::move(session)));
  return end_;
}

std::optional<Error> SshTunnel::complaint() { return relay_ ? relay_->complaint() : std::nullopt; }

std::string SshTunnel::describe() const { return "host " + ssh::label(host_); }

}  // namespace tenantctl
