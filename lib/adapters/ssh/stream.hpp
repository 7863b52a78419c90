// One connection through a tunnel: a local socket and a channel, and what is on its way between them. It never waits;
// whoever drives the session calls advance() when something may have happened.
#pragma once
#include <poll.h>

#include <optional>
#include <string>

#include "adapters/files/descriptor.hpp"
#include "adapters/ssh/handles.hpp"
#include "core/ssh_host.hpp"
#include "ports/tunnel.hpp"

namespace tenantctl::ssh {

class Stream {
 public:
  /// `host` and `target` must outlive it.
  Stream(ssh_session session, const SshHost& host, const TunnelTarget& target, Descriptor client);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  /// True where something moved, so that another call may move more.
  bool advance();
  /// What its local socket is waited for.
  pollfd wanted() const;

  bool opened() const { return state_ == State::open; }
  bool ended() const { return state_ == State::ended; }
  /// Why the host opened no way to the target; nothing where it did.
  const std::optional<Error>& complaint() const { return complaint_; }

 private:
  enum class State { opening, open, ended };

  bool open();
  bool take_from_client();
  bool give_to_host();
  bool take_from_host();
  bool give_to_client();
  void end() { state_ = State::ended; }
  Error refusal() const;

  ssh_session session_;
  const SshHost& host_;
  const TunnelTarget& target_;
  Descriptor client_;
  ChannelHandle channel_;
  State state_ = State::opening;
  std::string to_host_;
  std::string to_client_;
  bool client_ended_ = false;
  bool host_ended_ = false;
  std::optional<Error> complaint_;
};

}  // namespace tenantctl::ssh
