#include "commands/migrate_tenant.hpp"

#include <fmt/format.h>

#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "pipeline/failpoint.hpp"
#include "pipeline/tenant_command.hpp"

namespace tenantctl {
namespace {

constexpr const char* k_migrate_point = "migrate";

struct MigrationAttempt {
  const MigrationCandidate& candidate;
  const MigrationGoal& goal;
  const MigrationLimits& limits;
  const std::string& lock_wait;
  Services& services;
};

std::vector<std::string> file_names(std::span<const Migration> files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name);
  return names;
}

MigrationNote unchanged_note(const MigrationAttempt& attempt, const KnownMigrations& seen, const std::optional<Error>& error) {
  return {.tenant = attempt.candidate.id,
          .seen_revision = seen.revision,
          .now = seen,
          .error = error ? full_message(*error) : "",
          .actor = attempt.services.actor()};
}

/// With what the audit log is to say of it.
MigrationNote migration_note(const MigrationAttempt& attempt, const KnownMigrations& seen, std::string from, KnownMigrations now,
                             const std::optional<Error>& error) {
  auto note = unchanged_note(attempt, seen, error);
  note.action = error ? "migrate.failed" : "migrate.succeeded";
  note.details = {{"stack", attempt.goal.stack->name.str()}, {"from", std::move(from)}, {"to", now.version}};
  if (error) note.details["error"] = note.error;
  note.now = std::move(now);
  return note;
}

/// What the tenant's own database says now is what is known, however far it came.
Result<void> note_migration_end(const MigrationAttempt& attempt, const KnownMigrations& seen, const MigrationEnd& end,
                                ControlPlane& control) {
  const std::span files(attempt.goal.files);
  const KnownMigrations now{.version = version_of(files.first(end.has)), .fingerprint = fingerprint_of(files.first(end.has))};
  auto note = migration_note(attempt, seen, version_of(files.first(end.had)), now, end.error);
  note.details["files"] = file_names(files.subspan(end.had, end.has - end.had));
  if (end.has == end.had && !end.error) note.action.clear();  // only what is known has changed
  failpoint(k_migrate_point, CrashPoint::after_effect);
  TRY(control.migrations.note(note));
  failpoint(k_migrate_point, CrashPoint::after_mark);
  return {};
}

/// Its login has to work for that, which is closed while the tenant is. What the command did is known to itself alone: it is noted as
/// the version that the stack states, and where that note is lost, it runs again.
Result<void> migrate_by_command(const MigrationAttempt& attempt, const KnownMigrations& seen, const Tenant& tenant, const CreatePlan& plan,
                                ControlPlane& control, MigrationLine& line) {
  if (tenant.status != TenantStatus::active) {
    line.outcome = MigrationOutcome::closed;
    return {};
  }
  const auto& command = attempt.goal.stack->migrate_command->run;
  if (plan.credentials_file.empty())
    return fail(ErrorCode::state_conflict,
                fmt::format("tenant \"{}\" has no credentials file, which the command needs", tenant.slug.str()));
  TRY_ASSIGN(auto* shell, attempt.services.shell(command.host));
  failpoint(k_migrate_point, CrashPoint::before_effect);
  const auto ran = run(tenant_command(plan, command), *shell, attempt.services.credentials());
  const KnownMigrations reached{.version = attempt.goal.version(), .fingerprint = attempt.goal.fingerprint()};
  const auto note =
      ran ? migration_note(attempt, seen, seen.version, reached, {}) : migration_note(attempt, seen, seen.version, seen, ran.error());
  failpoint(k_migrate_point, CrashPoint::after_effect);
  TRY(control.migrations.note(note));
  if (!ran) return fail(ran.error());
  line.outcome = MigrationOutcome::migrated;
  return {};
}

Result<void> migrate_locked(const MigrationAttempt& attempt, MigrationLine& line) {
  auto& services = attempt.services;
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto lock, lock_tenant(attempt.candidate.slug, attempt.lock_wait, control, services));
  TRY_ASSIGN(const auto seen, control.migrations.look(attempt.candidate.id));
  line.from = seen.version;
  if (seen.fingerprint == attempt.goal.fingerprint()) {
    line.outcome = MigrationOutcome::up_to_date;
    return {};
  }
  TRY_ASSIGN(const auto tenant, control.tenants.find(attempt.candidate.id.str()));
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  if (attempt.goal.stack->migrate_command) return migrate_by_command(attempt, seen, tenant, plan, control, line);
  TRY_ASSIGN(auto* migrator, services.migrator(plan.server.str()));
  failpoint(k_migrate_point, CrashPoint::before_effect);
  const auto end = migrator->migrate(plan.database, attempt.goal.files, attempt.limits);
  if (!end) {
    (void)control.migrations.note(unchanged_note(attempt, seen, end.error()));  // what it came to is told below in any case
    return fail(end.error());
  }
  const std::span files(attempt.goal.files);
  line.from = version_of(files.first(end->had));
  line.to = version_of(files.first(end->has));
  TRY(note_migration_end(attempt, seen, *end, control));
  if (end->error) return fail(*end->error);
  line.outcome = end->has > end->had ? MigrationOutcome::migrated : MigrationOutcome::up_to_date;
  return {};
}

/// An exception is a bug of ours: it fails its own tenant.
Result<void> migrate_safely(const MigrationAttempt& attempt, MigrationLine& line) {
  try {
    return migrate_locked(attempt, line);
  } catch (const std::exception& e) { return fail(bug(e)); }
}

MigrationOutcome migration_outcome(const Error& error) {
  if (error.code == ErrorCode::locked) return MigrationOutcome::locked;
  return error.code == ErrorCode::tenant_not_found ? MigrationOutcome::gone : MigrationOutcome::failed;
}

}  // namespace

MigrationLine migrate_tenant(const MigrationCandidate& candidate, const MigrationGoal& goal, const MigrationLimits& limits,
                             const std::string& lock_wait, Services& services) {
  const auto begun = std::chrono::steady_clock::now();
  MigrationLine line{.slug = candidate.slug.str(), .from = candidate.known.version, .to = goal.version()};
  if (const auto done = migrate_safely({candidate, goal, limits, lock_wait, services}, line); !done) {
    line.outcome = migration_outcome(done.error());
    line.error = done.error();
  }
  line.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
  return line;
}

}  // namespace tenantctl
