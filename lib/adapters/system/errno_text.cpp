#include "adapters/system/errno_text.hpp"

#include <cerrno>
#include <system_error>

#include "core/ascii.hpp"

namespace tenantctl {

std::string errno_text(int number) {
  auto text = std::generic_category().message(number);
  if (!text.empty()) text[0] = to_lower(text[0]);
  return text;
}

ErrorCode errno_code(int number) {
  switch (number) {
    case EACCES:
    case EPERM: return ErrorCode::permission_denied;
    case ENOSPC:
    case EDQUOT: return ErrorCode::disk_full;
    default: return ErrorCode::io_failed;
  }
}

}  // namespace tenantctl
