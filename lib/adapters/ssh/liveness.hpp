// Whether the host at the other end of a session is still there. A half-open connection looks like one that has nothing to
// say: after some silence the host is asked, and after more it is given up.
#pragma once
#include <libssh/callbacks.h>

#include <cstdint>
#include <string>

#include "adapters/ssh/handles.hpp"

namespace tenantctl::ssh {

class Liveness {
 public:
  /// `session` must outlive it.
  explicit Liveness(ssh_session session);
  Liveness(const Liveness&) = delete;
  Liveness& operator=(const Liveness&) = delete;
  ~Liveness();

  /// Nobody listened until now, so the silence so far says nothing.
  void begin();
  /// Why nothing more will come; empty while something may. To be called at least every second.
  std::string watch();

 private:
  ssh_session session_;
  ssh_counter_struct traffic_{};
  std::uint64_t heard_bytes_ = 0;
  Deadline heard_at_;
  Deadline asked_at_;
};

}  // namespace tenantctl::ssh
