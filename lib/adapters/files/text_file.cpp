#include "adapters/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {

Result<std::optional<std::string>> read_text_file_if_any(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return fail(file_error("read", file, EISDIR));  // a stream opens one
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream && errno == ENOENT) return std::nullopt;
  if (!stream) return fail(file_error("read", file, errno));
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return fail(file_error("read", file, EIO));
  return text;
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
  TRY_ASSIGN(auto text, read_text_file_if_any(file));
  if (!text) return fail(ErrorCode::file_not_found, fmt::format("\"{}\" does not exist", file.native()));
  return std::move(*text);
}

Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder) {
  std::error_code failed;
  std::vector<std::filesystem::path> files;
  auto entry = std::filesystem::directory_iterator(folder, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  if (failed == std::errc::no_such_file_or_directory)
    return fail(ErrorCode::file_not_found, fmt::format("folder \"{}\" does not exist", folder.native()));
  if (failed) return fail(file_error("read", folder, failed.value()));
  std::ranges::sort(files);
  return files;
}

}  // namespace tenantctl
