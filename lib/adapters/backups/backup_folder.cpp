#include "adapters/backups/backup_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "adapters/backups/file_digest.hpp"
#include "adapters/files/atomic_file.hpp"
#include "adapters/files/descriptor.hpp"
#include "adapters/files/leftover_files.hpp"
#include "adapters/files/text_file.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

constexpr mode_t k_private = 0700;
constexpr std::string_view k_manifest = "manifest.json";
constexpr std::string_view k_draft_prefix = ".draft-";

bool is_draft(const fs::path& folder) { return folder.filename().native().starts_with(k_draft_prefix); }

/// The lock of whoever makes this draft, or nothing while somebody does. It goes with its process.
std::optional<Descriptor> lock_draft(const fs::path& draft) {
  Descriptor fd(::open(draft.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return fd;
}

/// Before it is locked, a new draft looks abandoned: whoever looks for those has its lock for a moment, or has removed it.
Result<Descriptor> lock_new(const fs::path& draft) {
  for (int tries = 0; tries < 100; ++tries) {
    auto lock = lock_draft(draft);
    struct stat mine {
    }, there{};
    if (lock && ::fstat(lock->get(), &mine) == 0 && ::stat(draft.c_str(), &there) == 0 && mine.st_ino == there.st_ino)
      return std::move(*lock);
    if (::mkdir(draft.c_str(), k_private) != 0 && errno != EEXIST) return fail(file_error("create", draft, errno));
    if (!lock) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(make_error(ErrorCode::io_failed, fmt::format("\"{}\" is held by another process", draft.native())).may_retry());
}

Result<void> remove_folder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) return fail(file_error("remove", folder, error.value()));
  return {};
}

/// The folder's own folders, by name; none where it is missing.
Result<std::vector<fs::path>> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (entry->is_directory(gone) && !entry->is_symlink(gone)) folders.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) return fail(file_error("list", folder, error.value()));
  std::ranges::sort(folders);
  return folders;
}

Result<std::optional<StoredBackup>> read_backup(const fs::path& folder) {
  TRY_ASSIGN(const auto text, read_text_file_if_any(folder / k_manifest));
  if (!text) return std::optional<StoredBackup>();
  auto backup = backup_from(*text);
  if (!backup) return fail(std::move(backup).error().with_context(folder.string()));
  return std::optional(StoredBackup{.backup = std::move(*backup), .folder = folder});
}

Error damaged(const fs::path& file, std::string_view why) {
  return make_error(ErrorCode::backup_invalid, fmt::format("\"{}\" {}", file.native(), why))
      .with_hint("run \"tenantctl backups verify\" to find a backup that is whole");
}

class FolderDraft final : public BackupDraft {
 public:
  FolderDraft(fs::path folder, fs::path final_folder, Descriptor lock)
      : folder_(std::move(folder)), final_(std::move(final_folder)), lock_(std::move(lock)) {}
  FolderDraft(const FolderDraft&) = delete;
  FolderDraft& operator=(const FolderDraft&) = delete;
  ~FolderDraft() override {
    std::error_code ignored;
    if (!kept_) fs::remove_all(folder_, ignored);
  }

  const fs::path& folder() const override { return folder_; }

  Result<StoredBackup> keep(Backup backup) override {
    TRY_ASSIGN(const auto files, files_in(folder_));
    for (const auto& file : files) {
      TRY(make_durable(file));
      TRY_ASSIGN(auto measured, measure(file));
      backup.files.push_back(std::move(measured));
    }
    TRY(create_file({.path = folder_ / k_manifest,
                     .text = to_json(backup).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                     .mode = 0600}));
    if (::renameat2(AT_FDCWD, folder_.c_str(), AT_FDCWD, final_.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST) return fail(ErrorCode::foreign_object, fmt::format("\"{}\" exists already", final_.native()));
      return fail(file_error("write", final_, errno));
    }
    folder_ = final_;  // what can't be made to last goes again
    TRY(make_durable(final_.parent_path()));
    kept_ = true;
    return StoredBackup{.backup = std::move(backup), .folder = final_};
  }

 private:
  fs::path folder_;
  fs::path final_;
  Descriptor lock_;
  bool kept_ = false;
};

}  // namespace

Result<std::unique_ptr<BackupDraft>> BackupFolder::begin(const TenantSlug& slug, const TenantCode& code, const BackupId& id) {
  const auto tenant = folder_of(slug, code);
  TRY(create_folder(tenant, k_private));
  TRY_ASSIGN(const auto there, folders_in(tenant));
  for (const auto& folder : there) {
    if (!is_draft(folder)) continue;
    if (const auto abandoned = lock_draft(folder)) TRY(remove_folder(folder));
  }
  const auto draft = tenant / (std::string(k_draft_prefix) + id.str());
  if (::mkdir(draft.c_str(), k_private) != 0) return fail(file_error("create", draft, errno));
  TRY_ASSIGN(auto lock, lock_new(draft));
  return std::make_unique<FolderDraft>(draft, tenant / id.str(), std::move(lock));
}

Result<std::optional<StoredBackup>> BackupFolder::find(const TenantSlug& slug, const TenantCode& code, const BackupId& id) {
  return read_backup(folder_of(slug, code) / id.str());
}

Result<std::vector<StoredBackup>> BackupFolder::list(std::vector<std::string>& unreadable) {
  std::vector<StoredBackup> backups;
  TRY_ASSIGN(const auto tenants, folders_in(root_));
  for (const auto& tenant : tenants) {
    TRY_ASSIGN(const auto folders, folders_in(tenant));
    for (const auto& folder : folders) {
      if (is_draft(folder)) continue;
      auto found = read_backup(folder);
      if (!found) unreadable.push_back(full_message(found.error()));
      else if (!*found) unreadable.push_back(fmt::format("{}: has no {}", folder.string(), k_manifest));
      else backups.push_back(std::move(**found));
    }
  }
  // Ids have seconds alone, in which several are made.
  std::ranges::sort(backups, std::ranges::greater{},
                    [](const StoredBackup& stored) { return std::pair(stored.backup.made_at, stored.backup.id); });
  return backups;
}

Result<StoredBackup> BackupFolder::open(const fs::path& path) {
  std::error_code error;
  const auto whole = fs::absolute(path, error).lexically_normal();
  const auto folder = fs::is_directory(whole, error) ? whole : whole.parent_path();
  TRY_ASSIGN(auto found, read_backup(folder));
  if (found && !is_draft(folder)) return std::move(*found);
  return fail(make_error(ErrorCode::backup_not_found, fmt::format("\"{}\" holds no backup: there is no {}", path.native(), k_manifest))
                  .with_hint("run \"tenantctl backups list\""));
}

Result<void> BackupFolder::check(const StoredBackup& stored) {
  for (const auto& expected : stored.backup.files) {
    const auto file = stored.folder / expected.name;
    const auto found = measure(file);
    if (!found && found.error().code == ErrorCode::file_not_found) return fail(damaged(file, "is missing"));
    if (!found) return fail(found.error());
    if (found->bytes != expected.bytes)
      return fail(damaged(file, fmt::format("has {} bytes and should have {}", found->bytes, expected.bytes)));
    if (found->sha256 != expected.sha256) return fail(damaged(file, "is not what was written: its SHA-256 differs from the manifest's"));
  }
  return {};
}

Result<void> BackupFolder::remove(const StoredBackup& stored) {
  // Out of sight first, so that no half of it is ever taken for a backup.
  const auto draft = stored.folder.parent_path() / (std::string(k_draft_prefix) + stored.backup.id.str());
  if (::rename(stored.folder.c_str(), draft.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return fail(file_error("remove", stored.folder, errno));
  }
  return remove_folder(draft);
}

Result<fs::path> BackupFolder::write_note(const TenantSlug& slug, const TenantCode& code, const std::string& name,
                                          const std::string& text) {
  const auto file = folder_of(slug, code) / name;
  TRY(create_folder(file.parent_path(), k_private));
  TRY(replace_file({.path = file, .text = text, .mode = 0600}));
  return file;
}

Result<std::vector<Thing>> BackupFolder::inventory() {
  std::vector<Thing> things;
  TRY_ASSIGN(const auto tenants, folders_in(root_));
  for (const auto& tenant : tenants) {
    TRY_ASSIGN(const auto folders, folders_in(tenant));
    for (const auto& folder : folders) {
      if (is_draft(folder) && lock_draft(folder))
        things.push_back({.kind = ThingKind::temporary_file, .name = folder.string(), .detail = "a backup half made or half removed"});
    }
  }
  return things;
}

Result<void> BackupFolder::remove_draft(const fs::path& draft) {
  if (!is_draft(draft) || draft.parent_path().parent_path() != root_)
    return fail(ErrorCode::foreign_object, fmt::format("\"{}\" is no draft of a backup", draft.native()));
  std::error_code ignored;
  if (!fs::exists(draft, ignored)) return {};
  const auto lock = lock_draft(draft);
  if (!lock) return fail(make_error(ErrorCode::locked, fmt::format("\"{}\" is being written", draft.native())).may_retry());
  return remove_folder(draft);
}

}  // namespace tenantctl
