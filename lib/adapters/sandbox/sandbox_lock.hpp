// Lets one command at a time change a sandbox, by a lock on the file that also marks the folder as one. The kernel frees
// it when its holder ends, however that comes about.
#pragma once
#include <chrono>

#include "adapters/files/descriptor.hpp"
#include "adapters/sandbox/sandbox_layout.hpp"
#include "core/result.hpp"

namespace tenantctl {

enum class MissingMarker { create, refuse };

class SandboxLock {
 public:
  /// Waits for another holder, at most `limit`. With create, an empty or missing folder becomes a sandbox's.
  /// Errors: sandbox_failed (the folder holds something else, or the lock was not free in time), permission_denied, io_failed.
  static Result<SandboxLock> take(const SandboxLayout& layout, MissingMarker missing, std::chrono::milliseconds limit);

 private:
  explicit SandboxLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

bool is_sandbox(const SandboxLayout& layout);

}  // namespace tenantctl
