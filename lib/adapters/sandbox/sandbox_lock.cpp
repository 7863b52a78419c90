#include "adapters/sandbox/sandbox_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds k_pause{5};

tl::unexpected<Error> no_sandbox(const SandboxLayout& layout) {
  return fail(
      make_error(ErrorCode::sandbox_failed, fmt::format("the folder \"{}\" holds something that is no sandbox", layout.dir.string()))
          .with_hint("choose an empty folder with \"tenantctl sandbox up --dir /tmp/sandbox\""));
}

/// A sandbox that was removed while we waited leaves us with a lock on a file that has no name any more.
bool still_there(const Descriptor& file, const fs::path& path) {
  struct stat ours {};
  struct stat named {};
  return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

Result<Descriptor> open_marker(const SandboxLayout& layout, MissingMarker missing) {
  if (missing == MissingMarker::create && !is_sandbox(layout)) {
    TRY(create_folder(layout.dir, 0755));
    std::error_code error;
    const bool empty = fs::is_empty(layout.dir, error);
    if (error) return fail(file_error("read", layout.dir, error.value()));
    if (!empty && !is_sandbox(layout)) return no_sandbox(layout);
  }
  const int create = missing == MissingMarker::create ? O_CREAT : 0;
  Descriptor file(::open(layout.marker().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | create, 0644));
  if (!file && errno == ENOENT) return no_sandbox(layout);
  if (!file) return fail(file_error("open", layout.marker(), errno));
  return file;
}

}  // namespace

bool is_sandbox(const SandboxLayout& layout) {
  struct stat status {};
  return ::lstat(layout.marker().c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Result<SandboxLock> SandboxLock::take(const SandboxLayout& layout, MissingMarker missing, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    TRY_ASSIGN(auto file, open_marker(layout, missing));
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return fail(file_error("lock", layout.marker(), errno));
      if (std::chrono::steady_clock::now() >= deadline) {
        return fail(make_error(ErrorCode::sandbox_failed,
                               fmt::format("another command has been changing the sandbox \"{}\" for {} s", layout.dir.string(),
                                           std::chrono::duration_cast<std::chrono::seconds>(limit).count()))
                        .may_retry());
      }
      std::this_thread::sleep_for(k_pause);
    }
    if (still_there(file, layout.marker())) return SandboxLock(std::move(file));
  }
}

}  // namespace tenantctl
