#include "support/breaking_tools.hpp"

#include <fmt/format.h>

#include <map>
#include <sstream>

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

// Calls that come at the same time are counted one after the other. "kill 0" is for the command's process group: what `timeout`
// has begun, and nothing of the host's own.
constexpr const char* k_stand_in = R"sh(#!/bin/sh
folder=${0%/*}/.. tool=${0##*/}
real=$(PATH=/usr/bin:/bin command -v "$tool")
[ ! -f "$folder/calls" ] || echo "$tool" >>"$folder/calls"
plan=
[ ! -f "$folder/plan" ] || read -r plan call fault <"$folder/plan"
[ "$plan" = "$tool" ] || exec "$real" "$@"
exec 8>>"$folder/lock"
flock 8
count=0
[ ! -f "$folder/count" ] || read -r count <"$folder/count"
count=$((count + 1))
echo "$count" >"$folder/count"
exec 8>&-
[ "$count" = "$call" ] || exec "$real" "$@"
: >"$folder/broken"
case $fault in
kill-before) kill -KILL 0 ;;
kill-after)
  "$real" "$@"
  kill -KILL 0
  ;;
*)
  # Its own word about it is let through.
  exec strace -qq -o /dev/null -e trace=fsync,linkat,rename,renameat2,unlinkat,write,mkdir,fchmodat \
    -e inject=fsync,linkat,rename,renameat2,unlinkat,write,mkdir,fchmodat:error="$fault":when=1 "$real" "$@"
  ;;
esac
)sh";

}  // namespace

BreakingTools::BreakingTools() {
  fs::permissions(folder_.path(), fs::perms(0755));
  for (const auto& tool : tools()) {
    write_text(folder_ / "bin" / tool, k_stand_in);
    fs::permissions(folder_ / "bin" / tool, fs::perms(0755));
  }
}

const std::vector<std::string>& BreakingTools::tools() {
  static const std::vector<std::string> all{"head", "sync", "ln", "mv", "chmod", "rm", "mkdir"};
  return all;
}

std::string BreakingTools::of_sshd() const {
  return fmt::format("SetEnv SHLVL=2 PATH={}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\n", folder_.path().native());
}

void BreakingTools::arm(const std::string& tool, int call, const std::string& fault) const {
  disarm();
  write_text(folder_ / "plan", fmt::format("{} {} {}\n", tool, call, fault));
}

void BreakingTools::disarm() const {
  for (const auto* name : {"plan", "count", "broken", "calls"}) fs::remove(folder_ / name);
}

void BreakingTools::listen() const {
  disarm();
  write_text(folder_ / "calls", "");
}

std::vector<std::pair<std::string, int>> BreakingTools::heard() const {
  std::vector<std::pair<std::string, int>> calls;
  std::map<std::string, int> counts;
  std::istringstream lines(read_text(folder_ / "calls"));
  for (std::string tool; std::getline(lines, tool);) calls.emplace_back(tool, ++counts[tool]);
  disarm();
  return calls;
}

bool BreakingTools::has_broken() const { return fs::exists(folder_ / "broken"); }

}  // namespace tenantctl::test
