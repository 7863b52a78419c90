// The system's words for an errno, in the form of our messages: lowercase, no full stop. It reads no global errno itself.
#pragma once
#include <string>

#include "core/error.hpp"

namespace tenantctl {

/// "no such file or directory" for ENOENT.
std::string errno_text(int number);

/// permission_denied for EACCES and EPERM, disk_full for ENOSPC and EDQUOT, io_failed for the rest.
ErrorCode errno_code(int number);

}  // namespace tenantctl
