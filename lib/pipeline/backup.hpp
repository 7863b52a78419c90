// Takes a backup of a tenant, and proves that one can be restored. Neither changes anything of the tenant.
#pragma once
#include <filesystem>
#include <functional>
#include <string_view>

#include "ports/archiver.hpp"
#include "ports/backup_store.hpp"

namespace tenantctl {

/// Writes the tenant's data into the folder.
using TakeArchive = std::function<Result<Archive>(const std::filesystem::path& folder)>;

/// `header`: all of the manifest but the archive and its files. Errors: of `take` and of the store.
Result<StoredBackup> take_backup(Backup header, const TakeArchive& take, BackupStore& store);

/// Its checksums have been compared. Errors: backup_not_found, backup_invalid, and those of the store.
Result<StoredBackup> found_backup(BackupStore& store, const TenantSlug& slug, const TenantCode& code, const BackupId& id);

/// A database and roles for one check, named after a word of a-z and 0-9 that no other check has. They carry the tenant's mark.
TenantDatabase scratch_of(const TenantId& tenant, std::string_view word);

/// Restores the backup into that database, whose roles must be there, and compares what is in it with the manifest. Errors:
/// backup_invalid, listing the differences, and as Archiver::restore.
Result<void> restore_and_compare(const StoredBackup& backup, const TenantDatabase& names, Archiver& archiver);

/// Restores the backup into the scratch database, compares what is in it with the manifest, and drops it again. What an earlier
/// check of these names left goes first. Errors: backup_invalid, listing the differences, and as Archiver::restore.
Result<void> check_restore(const StoredBackup& backup, const TenantDatabase& scratch, DatabaseServer& server, Archiver& archiver);

/// All that a check may have left. Absent is success.
Result<void> drop_scratch(const TenantDatabase& scratch, DatabaseServer& server);

}  // namespace tenantctl
