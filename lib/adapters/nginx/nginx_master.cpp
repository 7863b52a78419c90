#include "adapters/nginx/nginx_master.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>

#include "adapters/files/atomic_file.hpp"
#include "adapters/http/curl_probe.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

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

/// nginx points its standard error at its error log, so that nobody has to tell us where that is. Empty where it has none.
fs::path error_log_of(pid_t pid) {
  std::error_code error;
  const auto target = fs::read_symlink(fmt::format("/proc/{}/fd/2", pid), error);
  return !error && fs::is_regular_file(target, error) ? target : fs::path();
}

std::set<pid_t> serving_workers(pid_t master) {
  std::set<pid_t> serving;
  std::istringstream children(slurp(fmt::format("/proc/{0}/task/{0}/children", master)));
  for (pid_t child = 0; children >> child;) {
    const auto title = title_of(child);
    const bool worker = title.starts_with("nginx: worker process");
    if (worker && title.find("is shutting down") == std::string::npos) serving.insert(child);
  }
  return serving;
}

std::string tail_of(const fs::path& log, std::uintmax_t offset) {
  if (log.empty()) return {};
  std::ifstream in(log, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
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

NginxMaster::NginxMaster(pid_t pid, Descriptor handle) : pid_(pid), handle_(std::move(handle)), log_(error_log_of(pid)) {}

Result<void> NginxMaster::hang_up() {
  std::error_code error;
  const auto size = log_.empty() ? 0 : fs::file_size(log_, error);
  log_size_ = error ? 0 : size;
  if (::syscall(SYS_pidfd_send_signal, handle_.get(), SIGHUP, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return fail(ErrorCode::nginx_unreachable, "nginx ended before it could be reloaded");
  return fail(ErrorCode::permission_denied, fmt::format("can't signal nginx's master process {}: {}", pid_, errno_text(errno)));
}

Result<NginxProcess::Look> NginxMaster::look(const fs::path& status_socket) {
  return Look{.generation = served_generation(status_socket), .serving = serving_workers(pid_), .said = tail_of(log_, log_size_)};
}

}  // namespace tenantctl
