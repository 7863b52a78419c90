// Which of its stack's migrations each tenant is known to have, in the control database. The tenant's own database has the last word;
// this saves asking it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/operation.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// An empty fingerprint: not known, so that the tenant's database has to be asked.
struct KnownMigrations {
  std::string version;
  std::string fingerprint;
  std::int64_t revision = 0;  // raised by everybody who writes these
};

/// Tenants of a stack that are known to have the same.
struct MigrationSpread {
  std::string stack;
  std::string version;
  std::string fingerprint;
  std::size_t tenants = 0;
  std::size_t failed = 0;  // among them: whose last migration failed
};

struct MigrationCandidate {
  TenantId id;
  TenantSlug slug;
  KnownMigrations known;
  std::string error;  // of its last migration
};

struct MigrationFilter {
  std::string stack;
  std::string server = {};                // empty: any
  std::vector<std::string> tenants = {};  // ids; empty: all
};

/// What one run did to one tenant.
struct MigrationNote {
  TenantId tenant;
  std::int64_t seen_revision = 0;
  KnownMigrations now;     // its revision is not used
  std::string error = {};  // full text; empty: none
  Actor actor;
  std::string action = {};  // of the audit log; empty: no entry
  nlohmann::json details = nlohmann::json::object();
};

class MigrationStore {
 public:
  virtual ~MigrationStore() = default;
  // Errors of all: control_unreachable, sql_failed. Tenants are active, suspended or cancelled ones: all whose data is there.

  /// Of that stack, or, without a name, of all; by stack and version.
  virtual Result<std::vector<MigrationSpread>> spread(const std::string& stack) = 0;
  /// By slug: those that are not known to have this fingerprint.
  virtual Result<std::vector<MigrationCandidate>> behind(const MigrationFilter& filter, const std::string& fingerprint) = 0;
  /// Errors: tenant_not_found; state_conflict where an operation on it is unfinished.
  virtual Result<KnownMigrations> look(const TenantId& tenant) = 0;
  /// The row, the audit log: both or neither. Errors: fenced, where somebody wrote since it was looked at; unfinished.
  virtual Result<void> note(const MigrationNote& note) = 0;
};

}  // namespace tenantctl
