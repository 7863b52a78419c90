#include "adapters/nginx/nginx_master.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

#include "adapters/files/atomic_file.hpp"
#include "adapters/http/curl_probe.hpp"
#include "adapters/system/errno_text.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string title_of(pid_t pid) { return slurp(fmt::format("/proc/{}/cmdline", pid)); }

Result<pid_t> read_pid(const fs::path& pid_file) {
  const auto unreachable = [&](std::string_view why) {
    return fail(make_error(ErrorCode::nginx_unreachable, fmt::format("nginx does not run: \"{}\" {}", pid_file.native(), why))
                    .with_hint("start nginx, or set \"nginx.pid_file\" in tenantctl.yaml")
                    .may_retry());
  };
  TRY_ASSIGN(const auto text, read_small_file(pid_file));
  if (!text) return unreachable("does not exist");
  pid_t pid = 0;
  std::from_chars(text->data(), text->data() + text->size(), pid);
  if (pid <= 1) return unreachable("holds no process id");
  return pid;
}

/// What nginx's log says after `offset` that ends the hope for the new configuration; empty while there is hope.
/// A "bind() to … failed" alone is not final: nginx tries five times, and says "still could not bind()" in the end.
std::string last_words(const fs::path& log, std::uintmax_t offset) {
  if (log.empty()) return {};
  std::ifstream in(log, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::vector<std::string> emergencies;
  bool final = false;
  for (std::string line; std::getline(in, line);) {
    const auto level = line.find("[emerg]");
    if (level == std::string::npos) continue;
    const auto colon = line.find(": ", level);  // "[emerg] 12#12: bind() to …"
    auto words = printable(line.substr(colon == std::string::npos ? level : colon + 2));
    if (words.find("bind() to ") == std::string::npos) final = true;
    if (std::ranges::find(emergencies, words) == emergencies.end()) emergencies.push_back(std::move(words));
  }
  return final ? fmt::format("{}", fmt::join(emergencies, "; ")) : std::string();
}

}  // namespace

std::string served_generation(const fs::path& status_socket) {
  const auto answer = get_over_socket(status_socket, "/generation", milliseconds(500));
  return answer && answer->status == 200 ? answer->body : std::string();
}

Result<NginxMaster> NginxMaster::find(const fs::path& pid_file) {
  TRY_ASSIGN(const pid_t pid, read_pid(pid_file));
  // The handle first: then the title that is read belongs to the process that the handle stands for.
  Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (handle && title_of(pid).starts_with("nginx: master process")) return NginxMaster(pid, std::move(handle));
  return fail(make_error(ErrorCode::nginx_unreachable,
                         fmt::format("nginx does not run: process {} of \"{}\" is not its master", pid, pid_file.native()))
                  .with_hint("start nginx, or set \"nginx.pid_file\" in tenantctl.yaml")
                  .may_retry());
}

std::set<pid_t> NginxMaster::serving_workers() const {
  std::set<pid_t> serving;
  std::istringstream children(slurp(fmt::format("/proc/{0}/task/{0}/children", pid_)));
  for (pid_t child = 0; children >> child;) {
    const auto title = title_of(child);
    const bool worker = title.starts_with("nginx: worker process");
    if (worker && title.find("is shutting down") == std::string::npos) serving.insert(child);
  }
  return serving;
}

/// nginx points its standard error at its error log, so that nobody has to tell us where that is. Empty where it has none.
fs::path NginxMaster::error_log() const {
  std::error_code error;
  const auto target = fs::read_symlink(fmt::format("/proc/{}/fd/2", pid_), error);
  return !error && fs::is_regular_file(target, error) ? target : fs::path();
}

Result<void> NginxMaster::reload(const fs::path& status_socket, const std::string& generation, milliseconds limit) const {
  const auto log = error_log();
  std::error_code ignored;
  const auto offset = log.empty() ? 0 : fs::file_size(log, ignored);
  const auto old_workers = serving_workers();
  if (::syscall(SYS_pidfd_send_signal, handle_.get(), SIGHUP, nullptr, 0) != 0) {
    if (errno == ESRCH) return fail(ErrorCode::nginx_unreachable, "nginx ended before it could be reloaded");
    return fail(ErrorCode::permission_denied, fmt::format("can't signal nginx's master process {}: {}", pid_, errno_text(errno)));
  }
  const auto deadline = steady_clock::now() + limit;
  while (true) {
    if (served_generation(status_socket) == generation) {
      const auto serving = serving_workers();
      const bool old_ones_left = std::ranges::any_of(old_workers, [&](pid_t pid) { return serving.contains(pid); });
      if (!old_ones_left) return {};
    } else if (const auto words = last_words(log, offset); !words.empty()) {
      return fail(ErrorCode::nginx_unconfirmed, fmt::format("nginx did not take up the new configuration: {}", words));
    }
    if (steady_clock::now() >= deadline) {
      return fail(ErrorCode::nginx_unconfirmed, fmt::format("nginx did not take up the new configuration within {} ms", limit.count()));
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
}

}  // namespace tenantctl
