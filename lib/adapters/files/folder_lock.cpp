#include "adapters/files/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder, std::chrono::milliseconds limit) {
  const auto path = folder / ".lock";
  Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(file_error("lock", path, errno));
  const auto deadline = std::chrono::steady_clock::now() + limit;
  // flock has no deadline of its own, and a holder that is stopped would make us wait for ever.
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
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
