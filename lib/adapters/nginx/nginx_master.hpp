// The running nginx: found by its pid file, proved by its title, reloaded by a signal, and believed only when the new
// configuration answers and no worker of the old one takes connections any more. It writes no file.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include "adapters/files/descriptor.hpp"
#include "core/result.hpp"

namespace tenantctl {

class NginxMaster {
 public:
  /// Errors: nginx_unreachable (no such process, or another program has that pid).
  static Result<NginxMaster> find(const std::filesystem::path& pid_file);

  /// Sends HUP and waits until `generation` is what status.sock answers and every old worker is gone or shutting down.
  /// Errors: nginx_unreachable (it ended before the signal), permission_denied, nginx_unconfirmed with nginx's own words.
  Result<void> reload(const std::filesystem::path& status_socket, const std::string& generation, std::chrono::milliseconds limit) const;

 private:
  NginxMaster(pid_t pid, Descriptor handle) : pid_(pid), handle_(std::move(handle)) {}

  std::set<pid_t> serving_workers() const;
  std::filesystem::path error_log() const;

  pid_t pid_;
  Descriptor handle_;  // a pidfd: the signal can't reach a later process of the same number
};

/// The generation that nginx answers with; empty where it can't be asked.
std::string served_generation(const std::filesystem::path& status_socket);

}  // namespace tenantctl
