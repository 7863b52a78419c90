// Sizes for people; programs get bytes.
#pragma once
#include <cstdint>
#include <string>

namespace tenantctl {

/// "0 B", "1.4 MiB".
std::string size_text(std::int64_t bytes);

}  // namespace tenantctl
