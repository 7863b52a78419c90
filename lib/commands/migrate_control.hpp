// Brings the control database's schema up to date, and has the audit log say who did.
#pragma once
#include "commands/services.hpp"

namespace tenantctl {

/// Errors: as ControlSchema::migrate and AuditLog::append.
Result<MigrationReport> migrate_control(Services& services);

}  // namespace tenantctl
