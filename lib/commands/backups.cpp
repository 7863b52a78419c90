// `backups list|verify`: which backups lie there, and whether they are good: by their checksums, and by restoring them.
#include <fmt/format.h>

#include <algorithm>

#include "commands/registry.hpp"
#include "core/hex.hpp"
#include "pipeline/backup.hpp"
#include "views/backups.hpp"

namespace tenantctl {
namespace {

BackupLine line_of(const StoredBackup& stored) { return {.backup = stored.backup, .folder = stored.folder.string()}; }

/// By the tenant's slug, code or id, or the backup's own id, as the manifest has them: the tenant itself may be gone.
bool is_meant(const Backup& backup, const std::string& name) {
  std::string code = name;
  std::ranges::transform(code, code.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name.empty() || backup.slug.str() == name || backup.code.str() == code || backup.tenant.str() == name || backup.id.str() == name;
}

struct Found {
  std::vector<StoredBackup> backups;
  std::vector<std::string> unreadable;
};

Result<Found> find(const std::string& name, BackupStore& store) {
  Found found;
  TRY_ASSIGN(found.backups, store.list(found.unreadable));
  std::erase_if(found.backups, [&](const StoredBackup& stored) { return !is_meant(stored.backup, name); });
  if (!name.empty()) found.unreadable.clear();
  if (name.empty() || !found.backups.empty()) return found;
  return fail(make_error(ErrorCode::backup_not_found, fmt::format("there is no backup \"{}\", nor of a tenant of that name", name))
                  .with_hint("run \"tenantctl backups list\""));
}

struct ListBackupsArgs {
  std::string name;
};

Result<Report> list_backups(const ListBackupsArgs& args, Services& services) {
  TRY_ASSIGN(auto* store, services.backups());
  TRY_ASSIGN(const auto found, find(args.name, *store));
  std::vector<BackupLine> lines;
  for (const auto& stored : found.backups) lines.push_back(line_of(stored));
  return backup_list_report(lines, found.unreadable);
}

struct VerifyBackupsArgs {
  std::string name;
  bool no_restore = false;
  bool newest = false;
};

/// Of each tenant the newest alone.
void keep_newest(std::vector<StoredBackup>& backups) {
  std::set<TenantId> seen;
  std::erase_if(backups, [&](const StoredBackup& stored) { return !seen.insert(stored.backup.tenant).second; });
}

/// Where it was made; where that server is no more, where the tenant is now.
Result<std::string> server_to_restore_on(const Backup& backup, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  if (settings->servers.contains(backup.server)) return backup.server;
  TRY_ASSIGN(auto control, services.control());
  const auto tenant = control.tenants.find(backup.tenant.str());
  return tenant && settings->servers.contains(tenant->server) ? tenant->server : backup.server;
}

Result<void> restore_once(const StoredBackup& stored, Services& services) {
  TRY_ASSIGN(const auto name, server_to_restore_on(stored.backup, services));
  TRY_ASSIGN(auto* server, services.server(name));
  TRY_ASSIGN(const auto archiver, services.archiver(name));
  return check_restore(stored, scratch_of(stored.backup.tenant, to_hex(random_bytes<6>(services.entropy()))), *server, *archiver);
}

BackupVerdict judge(const StoredBackup& stored, const VerifyBackupsArgs& args, BackupStore& store, Services& services) {
  BackupVerdict verdict{.line = line_of(stored)};
  auto good = store.check(stored);
  if (good && !args.no_restore) {
    good = restore_once(stored, services);
    verdict.restored = good.has_value();
  }
  if (!good) verdict.error = good.error();
  return verdict;
}

Result<Report> verify_backups(const VerifyBackupsArgs& args, Services& services) {
  TRY_ASSIGN(auto* store, services.backups());
  TRY_ASSIGN(auto found, find(args.name, *store));
  if (args.newest) keep_newest(found.backups);
  std::vector<BackupVerdict> verdicts;
  for (const auto& stored : found.backups) {
    if (auto signal = services.interrupted()) return fail(*signal);
    verdicts.push_back(judge(stored, args, *store, services));
  }
  return backup_verdicts_report(verdicts, found.unreadable);
}

}  // namespace

void add_backups(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("backups", "lists backups and proves that they are good");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl backups verify --newest");
  const auto add_name = [](CLI::App& sub, std::string& name) {
    sub.add_option("backup", name, "a backup's id, or a tenant's slug, code or id (else all)")->type_name("BACKUP|TENANT");
  };
  auto [list_sub, list_args] =
      add_command<ListBackupsArgs>(*group, "list", "lists backups, newest first", "tenantctl backups list acme", chosen, list_backups);
  add_name(*list_sub, list_args->name);
  auto [verify_sub, verify_args] = add_command<VerifyBackupsArgs>(
      *group, "verify",
      "compares checksums, restores into a database of its own, and compares rows and definitions; status 7 where one is bad",
      "tenantctl backups verify --newest", chosen, verify_backups);
  add_name(*verify_sub, verify_args->name);
  verify_sub->add_flag("--newest", verify_args->newest, "of each tenant the newest alone");
  verify_sub->add_flag("--no-restore", verify_args->no_restore, "compare checksums only");
}

}  // namespace tenantctl
