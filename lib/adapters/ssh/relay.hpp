// The thread of a tunnel: accepts this process's connections to a local socket, gives each a channel to the target, and
// moves bytes both ways until one side ends. The session belongs to that thread alone while it runs.
#pragma once
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "adapters/files/descriptor.hpp"
#include "adapters/ssh/liveness.hpp"
#include "adapters/ssh/stream.hpp"
#include "core/ssh_host.hpp"
#include "ports/tunnel.hpp"

namespace tenantctl::ssh {

class Relay {
 public:
  /// Listens at `end` and starts the thread. Everything given by reference must outlive it. Errors: internal.
  static Result<std::unique_ptr<Relay>> start(const SshHost& host, const TunnelTarget& target, const TunnelEnd& end, SessionHandle session);

  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  /// What was written before goes out first, for as long as a moment.
  ~Relay();

  /// False once the host is lost; then nobody listens any more.
  bool alive() const { return alive_; }
  std::optional<Error> complaint();

 private:
  Relay(const SshHost& host, const TunnelTarget& target, Descriptor listener, Descriptor wake, SessionHandle session);

  void run();
  void wait();
  void accept_new();
  void advance_all();
  void note(std::optional<Error> complaint);

  const SshHost& host_;
  const TunnelTarget& target_;
  Descriptor listener_;
  Descriptor wake_;
  SessionHandle session_;
  EventHandle event_;
  Liveness liveness_;
  std::list<Stream> streams_;  // channels before their session

  std::atomic<bool> alive_{true};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::optional<Error> complaint_;
  std::thread thread_;
};

}  // namespace tenantctl::ssh
