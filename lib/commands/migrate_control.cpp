#include "commands/migrate_control.hpp"

namespace tenantctl {

Result<MigrationReport> migrate_control(Services& services) {
  TRY_ASSIGN(auto* schema, services.control_schema());
  TRY_ASSIGN(auto migration, schema->migrate());
  if (migration.applied.empty()) return migration;
  // Only now: the migration that makes the log is itself one of those that are told of.
  TRY_ASSIGN(auto control, services.control());
  const auto actor = services.actor();
  TRY(control.audit.append({.actor = actor.name,
                            .host = actor.host,
                            .action = "init.succeeded",
                            .details = {{"from_version", migration.version_before}, {"to_version", migration.version_after}}}));
  return migration;
}

}  // namespace tenantctl
