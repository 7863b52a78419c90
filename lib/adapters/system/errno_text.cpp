#include "adapters/system/errno_text.hpp"

#include <cerrno>
#include <cctype>
#include <system_error>

namespace tenantctl {

std::string errno_text(int number) {
  auto text = std::generic_category().message(number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
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
