// Brings a tenant's database or schema up to its stack's migrations. What a file does is done by a role that may fill that one
// database and nothing else, whatever the file calls and the tenant has planted there.
#pragma once
#include <optional>
#include <span>

#include "core/migrations.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

/// How far a tenant came.
struct MigrationEnd {
  std::size_t had = 0;  // of the files, from the first
  std::size_t has = 0;
  std::optional<Error> error = {};  // why it has not all of them
};

class Migrator {
 public:
  virtual ~Migrator() = default;

  /// Runs the files that the tenant's own database does not say it has, each in one transaction with the note that it has it, unless
  /// the file forbids that. Ends at the first that fails. Of two at once on one tenant, the later ends the earlier one's session.
  /// Errors, all before the first file: foreign_object; state_conflict (a file that it has was changed; its login has made what a
  /// migration could call by mistake); server_unreachable, permission_denied, sql_failed, timed_out.
  virtual Result<MigrationEnd> migrate(const TenantDatabase& names, std::span<const Migration> files, const MigrationLimits& limits) = 0;
};

}  // namespace tenantctl
