// The control database's migrations: embedded, numbered, forward-only. It never edits, skips or undoes one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/control_session.hpp"
#include "ports/control_schema.hpp"

namespace tenantctl::postgres {

struct ControlMigration {
  int version = 0;
  std::string name;      // "0001_tenants.sql"
  std::string checksum;  // SHA-256 of the text
  std::string_view text;
};

struct AppliedControlMigration {
  int version = 0;
  std::string name;
  std::string checksum;
};

/// What is embedded, by version.
std::vector<ControlMigration> embedded_migrations();

/// Rows of version, name, checksum.
std::vector<AppliedControlMigration> read_applied(const Rows& rows);

/// What is still to be applied. Errors: control_newer, where something was applied that this program does not know, or
/// knows with another content.
Result<std::vector<ControlMigration>> pending_migrations(const std::vector<AppliedControlMigration>& applied);

class ControlMigrations final : public ControlSchema {
 public:
  explicit ControlMigrations(ControlSession& session) : session_(session) {}
  Result<MigrationReport> migrate() override;

 private:
  Result<void> create_database();
  Result<MigrationReport> migrate_locked(Connection& connection);

  ControlSession& session_;
};

}  // namespace tenantctl::postgres
