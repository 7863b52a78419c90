// One tenant's migration: under its lock, with what it is by then, and noted in the control database.
#pragma once
#include <string>

#include "commands/services.hpp"
#include "views/migrations.hpp"

namespace tenantctl {

/// What the tenants of a stack are to have.
struct MigrationGoal {
  const StackSettings* stack = nullptr;
  std::vector<Migration> files;  // none where the stack has a command of its own

  bool is_none() const { return files.empty() && !stack->migrate_command; }
  std::string version() const { return stack->migrate_command ? stack->migrate_command->version : version_of(files); }
  std::string fingerprint() const {
    return stack->migrate_command ? fingerprint_of_version(stack->migrate_command->version) : fingerprint_of(files);
  }
  /// Whether a tenant of that fingerprint can be brought there: a command takes any, files only those that began with them.
  bool can_follow(std::string_view known) const { return known.empty() || stack->migrate_command || position_of(files, known); }
};

/// Whatever it comes to is in the line. `lock_wait` is a duration, or empty: not at all.
MigrationLine migrate_tenant(const MigrationCandidate& candidate, const MigrationGoal& goal, const MigrationLimits& limits,
                             const std::string& lock_wait, Services& services);

}  // namespace tenantctl
