#include "adapters/files/text_file.hpp"

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
  if (!text) return fail(file_error("read", file, ENOENT));
  return std::move(*text);
}

}  // namespace tenantctl
