#include "adapters/files/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {
namespace {

struct Lockable {
  std::filesystem::path path;
  Descriptor fd;
};

/// Anybody who can open a folder can lock it, and keep us waiting: only a private one is locked itself.
Result<Lockable> open_lockable(const std::filesystem::path& folder) {
  struct stat info {};
  Descriptor whole(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!whole || ::fstat(whole.get(), &info) != 0) return fail(file_error("lock", folder, errno));
  if ((info.st_mode & 077) == 0) return Lockable{folder, std::move(whole)};
  const auto path = folder / ".lock";
  Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(file_error("lock", path, errno));
  // Made by root, it must not keep the folder's owner out later.
  if (::geteuid() == 0 && ::fchown(fd.get(), info.st_uid, info.st_gid) != 0) return fail(file_error("lock", path, errno));
  return Lockable{path, std::move(fd)};
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder, std::chrono::milliseconds limit, Sharing sharing) {
  auto lockable = open_lockable(folder);
  if (!lockable) return fail(std::move(lockable).error());
  auto& [path, fd] = *lockable;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  // flock has no deadline of its own, and a holder that is stopped would make us wait for ever.
  while (::flock(fd.get(), (sharing == Sharing::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail(file_error("lock", path, errno));
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(
          make_error(ErrorCode::timed_out, fmt::format("another process holds \"{}\" for more than {} ms", path.native(), limit.count()))
              .may_retry());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return FolderLock(std::move(fd));
}

}  // namespace tenantctl
