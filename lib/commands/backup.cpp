// `backup`: takes what tenants have into the backups' folder, one tenant or all of them, several at once.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "commands/backup_header.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "core/paging.hpp"
#include "core/parallel.hpp"
#include "pipeline/backup.hpp"
#include "views/backups.hpp"

namespace tenantctl {
namespace {

struct BackupArgs {
  std::string tenant;
  bool all = false;
  std::size_t jobs = 2;
  int keep = -1;  // -1: as configured
  int keep_days = -1;
};

/// How many of a tenant's backups stay; see BackupSettings.
struct Keep {
  int newest = 0;
  int days = 0;
};

/// One tenant's backup, with all that its thread needs: the services belong to the main thread.
struct BackupJob {
  Tenant tenant;
  std::optional<TenantDatabase> names = {};
  std::unique_ptr<Archiver> archiver = {};
  BackupMade made = {};
};

Result<void> prepare_job(BackupJob& job, ControlPlane& control, Services& services) {
  TRY(check_has_data(job.tenant, "back up"));
  TRY_ASSIGN(const auto plan, plan_of_tenant(job.tenant, control));
  TRY(check_no_site(plan, "back up"));
  job.names = plan.database;
  TRY_ASSIGN(job.archiver, services.archiver(plan.server.str()));
  return {};
}

/// What is beyond what is to be kept, of one tenant's backups, newest first. The newest always stays, and so do the one just
/// made and the last one of a deletion.
std::vector<StoredBackup> superfluous(const std::vector<StoredBackup>& backups, const Backup& made, const Keep& keep, Instant now) {
  std::vector<StoredBackup> list;
  int seen = 0;
  for (const auto& stored : backups) {
    if (stored.backup.tenant != made.tenant) continue;
    ++seen;
    const bool beyond = keep.newest > 0 && seen > keep.newest;
    const bool old = keep.days > 0 && now - stored.backup.made_at > std::chrono::days(keep.days);
    const bool spared = seen == 1 || stored.backup.id == made.id || stored.backup.reason == BackupReason::remove;
    if ((beyond || old) && !spared) list.push_back(stored);
  }
  return list;
}

Result<void> remove_superfluous(BackupJob& job, const Keep& keep, BackupStore& store, Instant now) {
  if (keep.newest == 0 && keep.days == 0) return {};
  std::vector<std::string> unreadable;
  TRY_ASSIGN(const auto backups, store.list(unreadable));
  for (const auto& stored : superfluous(backups, job.made.made->backup, keep, now)) {
    TRY(store.remove(stored));
    job.made.removed.push_back(stored.backup.id.str());
  }
  return {};
}

Result<void> back_up(BackupJob& job, Backup header, BackupStore& store) {
  const auto take = [&job](const std::filesystem::path& folder) { return job.archiver->dump(*job.names, folder); };
  TRY_ASSIGN(auto stored, take_backup(std::move(header), take, store));
  job.made.made = BackupLine{.backup = std::move(stored.backup), .folder = stored.folder.string()};
  return {};
}

void run_job(BackupJob& job, Backup header, const Keep& keep, BackupStore& store) {
  const auto began = std::chrono::steady_clock::now();
  const auto now = header.made_at;
  auto done = back_up(job, std::move(header), store);
  if (done) done = remove_superfluous(job, keep, store, now);
  if (!done) job.made.error = done.error();
  job.made.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
}

Result<void> record(const BackupJob& job, ControlPlane& control, Services& services) {
  nlohmann::json details = nlohmann::json::object();
  if (job.made.made)
    details = {
        {"backup", job.made.made->backup.id.str()}, {"folder", job.made.made->folder}, {"size_bytes", job.made.made->backup.bytes()}};
  if (!job.made.removed.empty()) details["removed"] = job.made.removed;
  if (job.made.error) details["error"] = info(job.made.error->code).name;
  return control.audit.append(
      audit_entry(services.actor(), job.made.made ? "backup.succeeded" : "backup.failed", job.tenant, std::move(details)));
}

/// Its id is of the moment in which its archive is begun: backups are ordered by it.
Result<Backup> begin_job(BackupJob& job, std::mutex& mutex, ControlPlane& control, Services& services) {
  const std::lock_guard lock(mutex);
  if (auto stop = services.interrupted()) return fail(*stop);
  TRY_ASSIGN(auto now, control.tenants.find(job.tenant.id.str()));
  if (now.server != job.tenant.server || !now.moving_to.empty()) {  // it moved while others were backed up
    job.tenant = std::move(now);
    TRY(prepare_job(job, control, services));
  }
  return backup_header(job.tenant, new_backup_id(services), BackupReason::asked, control, services);
}

/// Jobs that can be begun; the others have their error.
void run_jobs(std::vector<BackupJob>& jobs, const BackupArgs& args, const Keep& keep, BackupStore& store, ControlPlane& control,
              Services& services) {
  std::mutex mutex;  // the services are the main thread's: one uses them at a time
  std::size_t done = 0;
  for_each_parallel(jobs.size(), args.jobs, [&](std::size_t i) {
    auto& job = jobs[i];
    if (!job.made.error) {
      auto header = begin_job(job, mutex, control, services);
      if (header) run_job(job, std::move(*header), keep, store);
      else job.made.error = header.error();
    }
    job.archiver.reset();  // its connection is not held until the last tenant is done
    const std::lock_guard lock(mutex);
    if (args.all)
      services.progress().note(
          fmt::format("{}/{} {} {}", ++done, jobs.size(), job.tenant.slug.str(), job.made.made ? "backed up" : "failed"));
  });
}

Result<std::vector<BackupJob>> jobs_of(const BackupArgs& args, ControlPlane& control, Services& services) {
  std::vector<BackupJob> jobs;
  if (!args.all) {
    TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
    jobs.push_back({.tenant = std::move(tenant)});
    TRY(prepare_job(jobs.back(), control, services));
  } else {
    TRY_ASSIGN(auto page, control.tenants.list({.limit = k_all}));
    for (auto& tenant : page.tenants) {
      if (tenant.status == TenantStatus::provisioning || tenant.status == TenantStatus::failed) continue;  // they have nothing whole
      jobs.push_back({.tenant = std::move(tenant)});
      if (const auto ready = prepare_job(jobs.back(), control, services); !ready) jobs.back().made.error = ready.error();
    }
  }
  for (auto& job : jobs) job.made.slug = job.tenant.slug.str();
  return jobs;
}

Result<Report> backup(const BackupArgs& args, Services& services) {
  if (args.all == !args.tenant.empty())
    return fail(make_error(ErrorCode::usage, "either a tenant or --all is needed").with_hint("run \"tenantctl backup --help\""));
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto* store, services.backups());
  const Keep keep{.newest = args.keep < 0 ? settings->backups.keep : args.keep,
                  .days = args.keep_days < 0 ? settings->backups.keep_days : args.keep_days};
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto jobs, jobs_of(args, control, services));
  run_jobs(jobs, args, keep, *store, control, services);
  std::vector<BackupMade> made;
  for (auto& job : jobs) {
    // What was made and removed is said in any case.
    if (const auto recorded = record(job, control, services); !recorded)
      services.progress().note(fmt::format("not in the audit log: {}", full_message(recorded.error())));
    made.push_back(std::move(job.made));
  }
  if (!args.all && made.front().error) return fail(*made.front().error);
  return backups_made_report(made);
}

}  // namespace

void add_backup(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<BackupArgs>(app, "backup", "backs a tenant up, or all of them, while they go on working",
                                             "tenantctl backup acme --keep 7\n  tenantctl backup --all --jobs 4", chosen, backup);
  auto* tenant = sub->add_option("tenant", args->tenant, "its slug, code or id")->type_name("TENANT");
  sub->add_flag("--all", args->all, "every tenant that is active, suspended or cancelled")->excludes(tenant);
  sub->add_option("--jobs", args->jobs, "how many at once")->check(CLI::Range(1, 64))->capture_default_str();
  sub->add_option("--keep", args->keep, "of the tenant's backups keep only that many; 0: all (else as configured)")
      ->check(CLI::Range(0, 100000))
      ->type_name("N");
  sub->add_option("--keep-days", args->keep_days, "and none that is older, but for the newest; 0: any (else as configured)")
      ->check(CLI::Range(0, 36500))
      ->type_name("DAYS");
}

}  // namespace tenantctl
