#include "adapters/sandbox/sandbox_layout.hpp"

#include <fmt/format.h>

namespace tenantctl {
namespace {

constexpr std::string_view k_plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";
constexpr std::size_t k_longest_socket = 107;  // sun_path of unix(7), less its terminating NUL

}  // namespace

Result<SandboxLayout> SandboxLayout::of(const std::filesystem::path& folder) {
  std::error_code error;
  SandboxLayout layout{.dir = std::filesystem::weakly_canonical(std::filesystem::absolute(folder, error), error)};
  if (error || folder.empty()) return fail(ErrorCode::bad_value, fmt::format("\"{}\" is no usable folder", folder.string()));
  if (layout.dir.filename().empty()) layout.dir = layout.dir.parent_path();

  const auto& text = layout.dir.string();
  const auto bad = text.find_first_not_of(k_plain);
  if (bad != std::string::npos) {
    return fail(make_error(ErrorCode::bad_value,
                           fmt::format("a sandbox can't live in \"{}\": only letters, digits and / . _ + - may be in its path", text))
                    .with_hint("choose another folder with \"tenantctl sandbox up --dir /tmp/sandbox\""));
  }
  const auto socket = (layout.run() / ".s.PGSQL.65535.lock").string();
  if (socket.size() > k_longest_socket) {
    return fail(make_error(ErrorCode::bad_value, fmt::format("the sandbox's folder \"{}\" is {} bytes too long for a socket in it", text,
                                                             socket.size() - k_longest_socket))
                    .with_hint("choose a shorter folder with \"tenantctl sandbox up --dir /tmp/sandbox\""));
  }
  if (layout.dir == layout.dir.root_path()) return fail(ErrorCode::bad_value, "a sandbox can't be the root folder");
  return layout;
}

}  // namespace tenantctl
