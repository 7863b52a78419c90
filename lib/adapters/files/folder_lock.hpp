// A lock on a folder among processes of one host, held until destroyed. The file that it needs stays, and belongs to whom
// the folder belongs. A private folder, which nobody else can open, is locked itself.
#pragma once
#include <chrono>
#include <filesystem>

#include "adapters/files/descriptor.hpp"
#include "core/result.hpp"

namespace tenantctl {

enum class Sharing { exclusive, shared };

class FolderLock {
 public:
  /// Waits up to `limit`. Errors: timed_out, permission_denied, disk_full, io_failed.
  static Result<FolderLock> take(const std::filesystem::path& folder, std::chrono::milliseconds limit,
                                 Sharing sharing = Sharing::exclusive);

 private:
  explicit FolderLock(Descriptor fd) : fd_(std::move(fd)) {}
  Descriptor fd_;
};

}  // namespace tenantctl
