// What the name of a failpoint tells of it.
#pragma once
#include <string>

namespace tenantctl::test {

/// Whether only an undo passes it.
inline bool is_backward(const std::string& point) { return point.find("revert") != std::string::npos || point.starts_with("turn_back"); }

}  // namespace tenantctl::test
