#include "adapters/files/writable.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/system/errno_text.hpp"

namespace tenantctl {

namespace fs = std::filesystem;

Result<void> check_folder_writable(const fs::path& folder) {
  auto nearest = folder;
  std::error_code ignored;
  while (!fs::exists(nearest, ignored) && nearest.has_relative_path()) nearest = nearest.parent_path();
  const auto refused = [&](ErrorCode code, std::string_view why) {
    return fail(code, fmt::format("can't write to \"{}\": {}", nearest.string(), why));
  };
  if (!fs::is_directory(nearest, ignored)) return refused(ErrorCode::io_failed, "it is no folder");
  if (::access(nearest.c_str(), W_OK | X_OK) != 0) return refused(ErrorCode::permission_denied, errno_text(errno));
  return {};
}

}  // namespace tenantctl
