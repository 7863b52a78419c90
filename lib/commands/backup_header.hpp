// What a backup's manifest says of its tenant, read when the backup is made.
#pragma once
#include "commands/services.hpp"

namespace tenantctl {

/// A new id, of now.
BackupId new_backup_id(Services& services);

/// All but the archive and its files, as of now. Errors: control_unreachable, sql_failed.
Result<Backup> backup_header(const Tenant& tenant, BackupId id, BackupReason reason, ControlPlane& control, Services& services);

}  // namespace tenantctl
