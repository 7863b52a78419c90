// The nginx that runs on this machine: found by its pid file, proved by its title, signalled so that no other process can be
// hit. It writes no file.
#pragma once
#include <cstdint>

#include "adapters/files/descriptor.hpp"
#include "adapters/nginx/site_host.hpp"

namespace tenantctl {

class NginxMaster : public NginxProcess {
 public:
  /// Errors: nginx_unreachable (no such process, or another program has that pid).
  static Result<NginxMaster> find(const std::filesystem::path& pid_file);

  Result<void> hang_up() override;
  Result<Look> look(const std::filesystem::path& status_socket) override;

 private:
  NginxMaster(pid_t pid, Descriptor handle);

  pid_t pid_;
  Descriptor handle_;  // a pidfd: the signal can't reach a later process of the same number
  std::filesystem::path log_;
  std::uintmax_t log_size_ = 0;  // at the last hang_up()
};

/// The generation that nginx answers with; empty where it can't be asked.
std::string served_generation(const std::filesystem::path& status_socket);

}  // namespace tenantctl
