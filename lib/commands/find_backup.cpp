#include "commands/find_backup.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl {
namespace {

constexpr std::string_view k_newest = "newest";

Result<StoredBackup> look_up(const std::string& name, const TenantId& tenant, BackupStore& store) {
  if (name != k_newest && !BackupId::parse(name)) return store.open(name);
  std::vector<std::string> unreadable;
  TRY_ASSIGN(auto backups, store.list(unreadable));
  const auto found = std::ranges::find_if(backups, [&](const StoredBackup& stored) {
    return name == k_newest ? stored.backup.tenant == tenant : stored.backup.id.str() == name;
  });
  if (found != backups.end()) return std::move(*found);
  return fail(
      make_error(ErrorCode::backup_not_found, name == k_newest ? "the tenant has no backup" : fmt::format("there is no backup {}", name))
          .with_hint("run \"tenantctl backups list\""));
}

}  // namespace

Result<StoredBackup> find_backup(const std::string& name, const TenantId& tenant, BackupStore& store) {
  TRY_ASSIGN(auto stored, look_up(name, tenant, store));
  TRY(store.check(stored));
  return stored;
}

Result<void> check_restorable(const Backup& backup) {
  if (backup.kind == "database" && backup.archive.schema.empty()) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("backup {} is of kind \"{}\", which this version restores only to prove it",
                                                                backup.id.str(), backup.kind))
                  .with_hint(fmt::format("run \"tenantctl backups verify {}\"", backup.id.str())));
}

}  // namespace tenantctl
