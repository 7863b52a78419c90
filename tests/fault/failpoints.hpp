// How sweeps kill at a failpoint, what its name tells of it, and what a killed command has left open.
#pragma once
#include <string>
#include <vector>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

/// Whether only an undo passes it.
inline bool is_backward(const std::string& point) { return point.find("revert") != std::string::npos || point.starts_with("turn_back"); }

/// In the sandbox, to its end, or killed at the point.
inline CliResult run_to(const std::vector<std::string>& args, const std::string& point = {}) {
  return LiveSandbox::get().run(args, point.empty() ? std::vector<std::string>{} : std::vector{"TENANTCTL_FAILPOINT=" + point});
}

/// The states of the operations that are not over.
inline std::vector<std::string> unfinished_states() {
  return LiveSandbox::get().sql("select state from operations where state in ('running', 'undoing', 'stuck')", "tenantctl");
}

}  // namespace tenantctl::test
