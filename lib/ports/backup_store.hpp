// Where backups lie: one folder each, which is there whole, under its name, or not at all. What can be restored is what lies
// there, so that nothing else keeps a list of backups.
#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "core/backup.hpp"
#include "core/inventory.hpp"
#include "core/result.hpp"

namespace tenantctl {

struct StoredBackup {
  Backup backup;
  std::filesystem::path folder;
};

/// A backup in the making; destroyed before it is kept, nothing is left of it.
class BackupDraft {
 public:
  virtual ~BackupDraft() = default;
  /// To write the archive's files into. Nobody else can read it.
  virtual const std::filesystem::path& folder() const = 0;
  /// Measures the files that lie there, writes the manifest beside them, and gives the folder its name; all is durable then.
  /// Errors: foreign_object (a backup of that id is there), disk_full, permission_denied, io_failed.
  virtual Result<StoredBackup> keep(Backup backup) = 0;
};

class BackupStore {
 public:
  virtual ~BackupStore() = default;
  // Errors of all: permission_denied, io_failed.

  /// Drafts of that tenant whose process was killed are removed first. Errors: disk_full.
  virtual Result<std::unique_ptr<BackupDraft>> begin(const TenantSlug& slug, const TenantCode& code, const BackupId& id) = 0;
  /// Nothing where there is none. Errors: backup_invalid.
  virtual Result<std::optional<StoredBackup>> find(const TenantSlug& slug, const TenantCode& code, const BackupId& id) = 0;
  /// Of all tenants, newest first. A folder without a readable manifest is told of in `unreadable`, by its path and why.
  virtual Result<std::vector<StoredBackup>> list(std::vector<std::string>& unreadable) = 0;
  /// A backup's folder, or a file in it. Errors: backup_not_found, backup_invalid.
  virtual Result<StoredBackup> open(const std::filesystem::path& path) = 0;
  /// Compares every file with the manifest. Errors: backup_invalid, naming the file.
  virtual Result<void> check(const StoredBackup& backup) = 0;
  /// Absent is success.
  virtual Result<void> remove(const StoredBackup& backup) = 0;
  /// Writes `text` as a file of that name beside the tenant's backups, in the place of an older one. Returns its path. Errors: disk_full.
  virtual Result<std::filesystem::path> write_note(const TenantSlug& slug, const TenantCode& code, const std::string& name,
                                                   const std::string& text) = 0;
  /// Drafts whose process was killed.
  virtual Result<std::vector<Thing>> inventory() = 0;
  /// Absent is success.
  virtual Result<void> remove_draft(const std::filesystem::path& draft) = 0;
};

}  // namespace tenantctl
