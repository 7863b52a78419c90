// Tells one process from every other: its pid together with its start time and the boot it belongs to. A pid alone is
// never signalled, because the kernel gives it to somebody else one day.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t started = 0;  // clock ticks since boot, field 22 of /proc/PID/stat (proc(5))
  std::string boot = {};      // /proc/sys/kernel/random/boot_id
  bool operator==(const ProcessIdentity&) const = default;
};

/// Nothing where no such process runs; a zombie does not run any more.
std::optional<ProcessIdentity> identify(pid_t pid);

/// True while exactly this process runs. Reaps it where it was a child of ours.
bool is_running(const ProcessIdentity& process);

/// The running processes whose standard output is `file`: for a log file that we gave to a server, the server and what
/// it left behind, even where its pid was never recorded. Sees only processes that we may inspect.
std::vector<ProcessIdentity> writers_of(const std::filesystem::path& file);

/// Waits until it has ended, at most `limit`. True where it has.
bool wait_for_end(const ProcessIdentity& process, std::chrono::milliseconds limit);

/// One demand to end, and how long it may take.
struct StopStage {
  int signal;
  std::chrono::milliseconds limit;
};

/// Sends each stage's signal until the process has ended, and SIGKILL after the last. Not running is success.
/// Errors: process_failed (it can't be signalled, or survived SIGKILL for two seconds).
Result<void> stop_process(const ProcessIdentity& process, std::span<const StopStage> stages);

}  // namespace tenantctl
