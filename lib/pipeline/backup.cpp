#include "pipeline/backup.hpp"

#include <fmt/format.h>

namespace tenantctl {

Result<StoredBackup> take_backup(Backup header, const TakeArchive& take, BackupStore& store) {
  TRY_ASSIGN(const auto draft, store.begin(header.slug, header.code, header.id));
  TRY_ASSIGN(header.archive, take(draft->folder()));
  return draft->keep(std::move(header));
}

Result<StoredBackup> found_backup(BackupStore& store, const TenantSlug& slug, const TenantCode& code, const BackupId& id) {
  TRY_ASSIGN(auto stored, store.find(slug, code, id));
  if (!stored)
    return fail(make_error(ErrorCode::backup_not_found, fmt::format("backup {} of \"{}\" is not there", id.str(), slug.str()))
                    .with_hint("put it back, and resume the operation; \"tenantctl backups list\" shows those that are there"));
  TRY(store.check(*stored));
  return std::move(*stored);
}

TenantDatabase scratch_of(const TenantId& tenant, std::string_view word) {
  const auto base = fmt::format("{}{}", k_check_prefix, word);
  return {.tenant = tenant,
          .database = *DatabaseName::parse(base),
          .owner = *RoleName::parse(base + "_owner"),
          .login = *RoleName::parse(base + "_login")};
}

Result<void> restore_and_compare(const StoredBackup& stored, const TenantDatabase& names, Archiver& archiver) {
  TRY(archiver.restore(names, stored.folder, stored.backup.archive));
  TRY_ASSIGN(const auto found, archiver.contents(names));
  const auto odd = differences(stored.backup.archive.contents, found);
  if (odd.empty()) return {};
  return fail(make_error(ErrorCode::backup_invalid,
                         fmt::format("backup {} is not what was backed up: {}", stored.backup.id.str(), fmt::join(odd, "; ")))
                  .with_hint(fmt::format("run \"tenantctl backup {}\" to make another", stored.backup.slug.str())));
}

Result<void> check_restore(const StoredBackup& stored, const TenantDatabase& scratch, DatabaseServer& server, Archiver& archiver) {
  TRY(archiver.hold(scratch.database));
  TRY(drop_scratch(scratch, server));
  auto checked = server.create_roles(scratch, {});
  if (checked) checked = restore_and_compare(stored, scratch, archiver);
  auto dropped = drop_scratch(scratch, server);
  if (!checked) return checked;
  return dropped;
}

Result<void> drop_scratch(const TenantDatabase& scratch, DatabaseServer& server) {
  TRY(server.drop_database(scratch));
  return server.drop_roles(scratch);
}

}  // namespace tenantctl
