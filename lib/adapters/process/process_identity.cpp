#include "adapters/process/process_identity.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <sstream>

#include "adapters/process/pidfd.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

std::string first_line(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

const std::string& boot_id() {
  static const auto id = first_line("/proc/sys/kernel/random/boot_id");
  return id;
}

std::filesystem::path folder_of(pid_t pid) { return std::filesystem::path("/proc") / std::to_string(pid); }

}  // namespace

std::optional<ProcessIdentity> identify(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  const auto stat = first_line(folder_of(pid) / "stat");
  const auto name_end = stat.rfind(") ");  // the name may hold anything, ")" and spaces too
  if (name_end == std::string::npos) return std::nullopt;

  std::istringstream fields(stat.substr(name_end + 2));
  std::string state;
  fields >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  constexpr int k_between = 18;  // fields 4 to 21
  std::string skipped;
  for (int i = 0; i < k_between; ++i) fields >> skipped;
  ProcessIdentity result{.pid = pid, .started = 0, .boot = boot_id()};
  if (!(fields >> result.started)) return std::nullopt;
  return result;
}

bool is_running(const ProcessIdentity& process) {
  if (process.pid <= 0) return false;
  const auto now = identify(process.pid);
  if (now) return *now == process;
  int status = 0;
  ::waitpid(process.pid, &status, WNOHANG);  // no child of ours: harmless
  return false;
}

std::vector<ProcessIdentity> writers_of(const std::filesystem::path& file) {
  std::vector<ProcessIdentity> result;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    std::error_code unreadable;
    if (std::filesystem::read_symlink(entry.path() / "fd/1", unreadable) != file || unreadable) continue;
    if (auto process = identify(pid)) result.push_back(std::move(*process));
  }
  return result;
}

bool wait_for_end(const ProcessIdentity& process, std::chrono::milliseconds limit) {
  const auto pidfd = pidfd_of(process.pid);
  if (!is_running(process)) return true;  // asked after the pidfd was taken, so that the pidfd is this process
  if (!pidfd) return false;
  pollfd wait{pidfd.get(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    const int ready = ::poll(&wait, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0 || left <= 0 || (ready < 0 && errno != EINTR)) break;
  }
  return !is_running(process);
}

Result<void> stop_process(const ProcessIdentity& process, std::span<const StopStage> stages) {
  const auto pidfd = pidfd_of(process.pid);
  if (!is_running(process)) return {};
  const auto send_and_wait = [&](StopStage stage) -> Result<bool> {
    if (!pidfd_signal(pidfd, stage.signal) && errno != ESRCH) {
      return fail(ErrorCode::process_failed, fmt::format("can't signal process {}: {}", process.pid, errno_text(errno)));
    }
    return wait_for_end(process, stage.limit);
  };
  for (const auto& stage : stages) {
    TRY_ASSIGN(const bool ended, send_and_wait(stage));
    if (ended) return {};
  }
  TRY_ASSIGN(const bool ended, send_and_wait({.signal = SIGKILL, .limit = std::chrono::seconds(2)}));
  if (!ended) return fail(ErrorCode::process_failed, fmt::format("process {} survived SIGKILL", process.pid));
  return {};
}

}  // namespace tenantctl
