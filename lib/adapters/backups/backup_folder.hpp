// Backups in a folder of this machine: ROOT/SLUG-CODE/ID/, with a manifest.json in each. A backup in the making is called
// .draft-ID, and is locked for as long as its process lives.
#pragma once
#include <filesystem>

#include "ports/backup_store.hpp"

namespace tenantctl {

class BackupFolder final : public BackupStore {
 public:
  /// Made where it is missing, once something is written.
  explicit BackupFolder(const std::filesystem::path& root) : root_((root / "").parent_path()) {}

  Result<std::unique_ptr<BackupDraft>> begin(const TenantSlug& slug, const TenantCode& code, const BackupId& id) override;
  Result<std::optional<StoredBackup>> find(const TenantSlug& slug, const TenantCode& code, const BackupId& id) override;
  Result<std::vector<StoredBackup>> list(std::vector<std::string>& unreadable) override;
  Result<StoredBackup> open(const std::filesystem::path& path) override;
  Result<void> check(const StoredBackup& backup) override;
  Result<void> remove(const StoredBackup& backup) override;
  Result<std::filesystem::path> write_note(const TenantSlug& slug, const TenantCode& code, const std::string& name,
                                           const std::string& text) override;
  Result<std::vector<Thing>> inventory() override;
  Result<void> remove_draft(const std::filesystem::path& draft) override;

 private:
  std::filesystem::path folder_of(const TenantSlug& slug, const TenantCode& code) const { return root_ / (slug.str() + "-" + code.str()); }

  std::filesystem::path root_;
};

}  // namespace tenantctl
