#include "adapters/files/file_gate.hpp"

namespace tenantctl {

Result<void> FileGate::confirm() const {
  if (claim_) TRY(claim_->still_ours());
  return {};
}

Result<FolderLock> FileGate::enter(const std::filesystem::path& folder, Sharing at_most) const {
  const bool taken_over = claim_ && claim_->ticket.fence > 1;
  auto lock = FolderLock::take(folder, limit_, taken_over ? Sharing::exclusive : at_most);
  if (lock) TRY(confirm());
  return lock;
}

}  // namespace tenantctl
