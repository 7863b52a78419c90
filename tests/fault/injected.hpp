// Faults that strace injects into a command's system calls.
#pragma once
#include <fmt/format.h>
#include <filesystem>
#include <string>
#include <vector>

namespace tenantctl::test {

/// What runs a command so that the n-th such call, counted from 1, meets `fault`: "signal=KILL" or "error=ENOSPC". Where there is
/// no n-th, nothing happens; "(INJECTED)" in `log` tells of an error, a kill ends the command.
inline std::vector<std::string> injecting(const std::string& call, const std::string& fault, int n, const std::filesystem::path& log) {
  return {"strace", "-f", "-qq", "-o", log.string(), "-e", "trace=" + call, "-e", fmt::format("inject={}:{}:when={}", call, fault, n)};
}

}  // namespace tenantctl::test
