// The system calls around pidfds. glibc 2.36 declares them in <sys/pidfd.h> without extern "C", so that they don't link
// from C++; these call the kernel.
#pragma once
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "adapters/files/descriptor.hpp"

namespace tenantctl {

/// Not open where no such process exists; errno says why.
inline Descriptor pidfd_of(pid_t pid) { return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

inline bool pidfd_signal(const Descriptor& pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

}  // namespace tenantctl
