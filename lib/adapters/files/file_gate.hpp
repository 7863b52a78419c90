// The way into a change of tenants' files: who comes in holds the folder's lock and has just been told that the operation is
// still its own. It changes no file itself.
//
// A first holder shares the lock with those of other operations. Who took an operation over needs it alone, and so waits
// until an earlier holder is out; that one, coming later, finds itself fenced.
#pragma once
#include <optional>

#include "adapters/files/folder_lock.hpp"
#include "ports/claim.hpp"

namespace tenantctl {

class FileGate {
 public:
  /// `limit`: how long one that stays inside is waited for.
  explicit FileGate(std::chrono::milliseconds limit = std::chrono::seconds(10)) : limit_(limit) {}

  void begin(const Claim& claim) { claim_ = claim; }

  /// For what is no change of a file and must not happen either. Errors: fenced, control_unreachable.
  Result<void> confirm() const;
  /// The change may be made while the lock is held. `at_most`: exclusive where changes of different tenants exclude each
  /// other too. Errors: fenced, control_unreachable, timed_out, permission_denied, disk_full, io_failed.
  Result<FolderLock> enter(const std::filesystem::path& folder, Sharing at_most = Sharing::shared) const;

 private:
  std::chrono::milliseconds limit_;
  std::optional<Claim> claim_;
};

}  // namespace tenantctl
