#include "adapters/files/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "adapters/files/descriptor.hpp"
#include "adapters/files/draft_name.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

/// A file that is written and not yet under its name; destroyed before that, it is gone. So it is where its process is
/// killed: it has no name at all, but where the file system knows no files without one, and for the moment of a replacement.
struct FileDraft {
  fs::path path;       // where it shall be
  fs::path temporary;  // empty while it has no name, and once it is there
  Descriptor fd;
  bool in_place = false;

  FileDraft() = default;
  FileDraft(FileDraft&& other) noexcept
      : path(std::move(other.path)), temporary(std::exchange(other.temporary, {})), fd(std::move(other.fd)), in_place(other.in_place) {}
  FileDraft& operator=(FileDraft&&) = delete;
  ~FileDraft() {
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }
};

Result<Descriptor> open_folder(const fs::path& folder) {
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail(file_error("open", folder, errno));
  return fd;
}

Result<void> write_all(const FileDraft& draft, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(draft.fd.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("write", draft.path, errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> give_to_owner_of(int folder, int file, const fs::path& path) {
  if (::geteuid() != 0) return {};
  struct stat info {};
  if (::fstat(folder, &info) != 0 || ::fchown(file, info.st_uid, info.st_gid) != 0)
    return fail(file_error("change the owner of", path, errno));
  return {};
}

/// Where there are no files without a name (as on NFS), one whose name the next writer of the same file finds.
Result<void> open_draft(FileDraft& draft, const Descriptor& folder) {
  draft.fd = Descriptor(::openat(folder.get(), ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
  if (draft.fd) return {};
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return fail(file_error("write", draft.path, errno));
  const auto name = draft_name(draft.path);
  ::unlink(name.c_str());
  draft.fd = Descriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!draft.fd) return fail(file_error("write", draft.path, errno));
  draft.temporary = name;
  return {};
}

/// Written, but not yet known to be on disk.
Result<FileDraft> write_draft(const FileContent& file, const Descriptor& folder) {
  FileDraft draft;
  draft.path = file.path;
  TRY(open_draft(draft, folder));
  TRY(write_all(draft, file.text));
  if (file.owner == FileOwner::of_folder) TRY(give_to_owner_of(folder.get(), draft.fd.get(), file.path));
  if (::fchmod(draft.fd.get(), file.mode) != 0) return fail(file_error("write", file.path, errno));
  return draft;
}

/// The disk is told to begin with all files before the first is waited for: one journal commit then serves them all.
Result<void> sync_drafts(std::span<const FileDraft> drafts) {
  if (drafts.size() > 1) {
    for (const auto& draft : drafts) ::sync_file_range(draft.fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  for (const auto& draft : drafts) {
    if (::fsync(draft.fd.get()) != 0) return fail(file_error("write", draft.path, errno));
  }
  return {};
}

Result<void> sync(const Descriptor& fd, const fs::path& path) {
  if (::fsync(fd.get()) != 0) return fail(file_error("make durable", path, errno));
  return {};
}

/// Gives a draft without a name this one. `errno` says why not, where false.
bool link_draft(const FileDraft& draft, const fs::path& name) {
  return ::linkat(AT_FDCWD, fmt::format("/proc/self/fd/{}", draft.fd.get()).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

Result<void> install_new(FileDraft& draft) {
  const bool installed = draft.temporary.empty()
                             ? link_draft(draft, draft.path)
                             : ::renameat2(AT_FDCWD, draft.temporary.c_str(), AT_FDCWD, draft.path.c_str(), RENAME_NOREPLACE) == 0;
  if (!installed) {
    if (errno == EEXIST) return fail(ErrorCode::foreign_object, fmt::format("\"{}\" exists already", draft.path.native()));
    return fail(file_error("write", draft.path, errno));
  }
  draft.temporary.clear();
  draft.in_place = true;
  return {};
}

/// A link can't take a name that is in use; a rename can, and needs a name to come from.
Result<void> install_over(FileDraft& draft) {
  if (draft.temporary.empty()) {
    if (link_draft(draft, draft.path)) return {};
    if (errno != EEXIST) return fail(file_error("write", draft.path, errno));
    const auto name = draft_name(draft.path);
    ::unlink(name.c_str());
    if (!link_draft(draft, name)) return fail(file_error("write", draft.path, errno));
    draft.temporary = name;
  }
  if (::rename(draft.temporary.c_str(), draft.path.c_str()) != 0) return fail(file_error("write", draft.path, errno));
  draft.temporary.clear();
  return {};
}

Result<void> install_all_new(std::span<FileDraft> drafts, const Descriptor& folder) {
  for (auto& draft : drafts) TRY(install_new(draft));
  return sync(folder, drafts.front().path.parent_path());
}

}  // namespace

Error file_error(std::string_view verb, const fs::path& path, int error_number) {
  const auto code = error_number == EROFS ? ErrorCode::permission_denied : errno_code(error_number);
  return make_error(code, fmt::format("can't {} \"{}\": {}", verb, path.native(), errno_text(error_number)));
}

Result<void> create_files(std::span<const FileContent> files) {
  if (files.empty()) return {};
  TRY_ASSIGN(const auto folder, open_folder(files.front().path.parent_path()));
  std::vector<FileDraft> drafts;
  drafts.reserve(files.size());
  for (const auto& file : files) {
    auto draft = write_draft(file, folder);
    if (!draft) return fail(std::move(draft).error());
    drafts.push_back(std::move(*draft));
  }
  TRY(sync_drafts(drafts));
  auto installed = install_all_new(drafts, folder);
  if (installed) return {};
  for (const auto& draft : drafts) {
    if (draft.in_place) ::unlink(draft.path.c_str());
  }
  ::fsync(folder.get());
  return installed;
}

Result<void> create_file(const FileContent& file) { return create_files({&file, 1}); }

Result<void> replace_file(const FileContent& file) {
  TRY_ASSIGN(const auto folder, open_folder(file.path.parent_path()));
  auto draft = write_draft(file, folder);
  if (!draft) return fail(std::move(draft).error());
  TRY(sync_drafts({&*draft, 1}));
  TRY(install_over(*draft));
  return sync(folder, file.path.parent_path());
}

Result<void> remove_files(std::span<const fs::path> files) {
  if (files.empty()) return {};
  const auto parent = files.front().parent_path();
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder && errno == ENOENT) return {};
  if (!folder) return fail(file_error("open", parent, errno));
  for (const auto& file : files) {
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return fail(file_error("remove", file, errno));
    ::unlink(draft_name(file).c_str());  // of a replacement whose process was killed
  }
  return sync(folder, parent);
}

Result<void> remove_file(const fs::path& file) { return remove_files({&file, 1}); }

Result<void> make_durable(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail(file_error("open", path, errno));
  return sync(fd, path);
}

Result<std::optional<std::string>> read_small_file(const fs::path& file) {
  constexpr std::size_t k_limit = 65536;
  // O_NONBLOCK: a pipe of that name must not make us wait for its writer.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd && (errno == ELOOP || errno == ENXIO)) return std::string();
  if (!fd) return fail(file_error("read", file, errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail(file_error("read", file, errno));
  if (!S_ISREG(info.st_mode)) return std::string();
  std::string text(k_limit, '\0');
  std::size_t size = 0;
  while (size < k_limit) {
    const auto count = ::read(fd.get(), text.data() + size, k_limit - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("read", file, errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

Result<void> create_folder(const fs::path& folder, mode_t mode, FileOwner owner) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  const auto parent = folder.parent_path();
  if (!parent.empty() && parent != folder) TRY(create_folder(parent, 0755, owner));
  if (::mkdir(folder.c_str(), mode) != 0) {
    if (errno == EEXIST && ::stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return fail(file_error("create", folder, errno));
  }
  TRY_ASSIGN(const auto above, open_folder(parent.empty() ? fs::path(".") : parent));
  TRY_ASSIGN(const auto made, open_folder(folder));
  if (::fchmod(made.get(), mode) != 0) return fail(file_error("create", folder, errno));  // whatever the umask says
  if (owner == FileOwner::of_folder) TRY(give_to_owner_of(above.get(), made.get(), folder));
  return sync(above, parent);
}

}  // namespace tenantctl
