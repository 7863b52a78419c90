#include "adapters/files/leftover_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

/// ".tenantctl-", 16 hexadecimal digits, ".tmp"
bool has_name_of_draft(const fs::path& file) {
  constexpr std::string_view k_begin = ".tenantctl-";
  constexpr std::string_view k_end = ".tmp";
  constexpr std::size_t k_word = 16;
  const auto name = file.filename().string();
  if (name.size() != k_begin.size() + k_word + k_end.size() || !name.starts_with(k_begin) || !name.ends_with(k_end)) return false;
  return name.substr(k_begin.size(), k_word).find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

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
  if (!is_abandoned_temporary(file)) return fail(ErrorCode::foreign_object, fmt::format("\"{}\" is no temporary file that was left behind", file.native()));
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
