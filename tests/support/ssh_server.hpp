// A real sshd in a temporary folder, with a host key of its own and one client key that it lets in. It listens on loopback
// only, lets in whoever runs the tests, and is stopped by its pid.
#pragma once
#include <sys/types.h>

#include <string>

#include "core/ssh_host.hpp"
#include "support/temp_folder.hpp"

namespace tenantctl::test {

class SshServer {
 public:
  /// `more`: further lines of its sshd_config, which take the place of those that it has anyway.
  explicit SshServer(const std::string& more = {});
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  ~SshServer();

  void start();
  /// The listener; sessions go on, as with any sshd.
  void stop();
  /// The processes that serve one connection each, and what runs below them.
  void end_sessions() const;

  /// How to reach it: with the client key, and with a known_hosts that has its key.
  SshHost host() const;

  /// `TYPE BASE64` of its key.
  std::string public_key() const;
  /// A new key of this type, as `TYPE BASE64`; its private half lies in `file`.
  std::string make_key(const std::string& type, const std::string& file) const;
  /// What known_hosts calls it: `[127.0.0.1]:PORT`.
  std::string known_as() const;
  /// It is known at this port of loopback too, for who stands in between.
  void know_at(int port) const;
  void know(const std::string& known_hosts) const { write_text(folder_ / "known_hosts", known_hosts); }

  const TempFolder& folder() const { return folder_; }
  std::string log() const { return read_text(folder_ / "log"); }

 private:
  TempFolder folder_;
  int port_;
  pid_t pid_ = -1;
};

}  // namespace tenantctl::test
