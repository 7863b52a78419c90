// The backup that an operator means, checked.
#pragma once
#include <string>

#include "commands/services.hpp"

namespace tenantctl {

/// A folder of a backup, a file in it, an id, or "newest" of that tenant. Its checksums have been compared. Errors:
/// backup_not_found, backup_invalid.
Result<StoredBackup> find_backup(const std::string& name, const TenantId& tenant, BackupStore& store);

/// Whether this version can make a database of it. Errors: state_conflict.
Result<void> check_restorable(const Backup& backup);

}  // namespace tenantctl
