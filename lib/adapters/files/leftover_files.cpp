#include "adapters/files/leftover_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/draft_name.hpp"

namespace tenantctl {

namespace fs = std::filesystem;

bool is_abandoned_temporary(const fs::path& file) {
  if (!has_name_of_draft(file)) return false;
  std::error_code error;
  const bool regular = fs::symlink_status(file, error).type() == fs::file_type::regular;
  const auto written = fs::last_write_time(file, error);
  return regular && !error && fs::file_time_type::clock::now() - written > k_draft_lifetime;
}

Result<void> remove_temporary(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(file, ignored))) return {};
  if (!is_abandoned_temporary(file))
    return fail(ErrorCode::foreign_object, fmt::format("\"{}\" is no temporary file that was left behind", file.native()));
  return remove_file(file);
}

Result<std::vector<fs::path>> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (entry->is_regular_file(gone)) files.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) return fail(file_error("list", folder, error.value()));
  std::ranges::sort(files);
  return files;
}

}  // namespace tenantctl
