#include "adapters/sandbox/sandbox_servers.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <vector>

#include "adapters/files/atomic_file.hpp"
#include "adapters/sandbox/programs.hpp"
#include "adapters/sandbox/sandbox_postgres.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path nginx_pid_file(const SandboxLayout& layout) { return layout.nginx() / "nginx.pid"; }
fs::path app_pid_file(const SandboxLayout& layout) { return layout.run() / "demo-app.pid"; }

bool says_pid(const fs::path& file, pid_t pid) {
  std::ifstream stream(file);
  pid_t found = 0;
  return (stream >> found) && found == pid;
}

Result<std::vector<std::string>> server_argv(SandboxPart part, const SandboxLayout& layout, const ServerUser& user,
                                             const PerPart<int>& ports) {
  switch (part) {
    case SandboxPart::postgres: {
      TRY_ASSIGN(const auto program, find_postgres_program("postgres"));
      return user.as_user(
          {program.string(), "-D", layout.data().string(), "-c", fmt::format("config_file={}/postgresql.conf", layout.conf().string())});
    }
    case SandboxPart::nginx: {
      TRY_ASSIGN(const auto program, find_nginx());
      const auto prefix = layout.nginx().string() + "/";
      return std::vector<std::string>{program.string(), "-p", prefix, "-c", prefix + "nginx.conf", "-e", prefix + "logs/error.log"};
    }
    case SandboxPart::demo_app:
      return user.as_user({layout.demo_app().string(), "--listen", fmt::format("127.0.0.1:{}", ports[part]), "--credentials",
                           layout.credentials().string(), "--pid-file", app_pid_file(layout).string()});
  }
  return fail(ErrorCode::internal, "no such server");
}

/// Gentle first. PostgreSQL: SIGINT is a fast shutdown, SIGQUIT an immediate one; SIGTERM would wait for clients.
std::vector<StopStage> stop_stages(SandboxPart part) {
  switch (part) {
    case SandboxPart::postgres: return {{SIGINT, 20s}, {SIGQUIT, 5s}};
    case SandboxPart::nginx: return {{SIGQUIT, 1s}, {SIGTERM, 3s}};
    case SandboxPart::demo_app: return {{SIGTERM, 6s}};
  }
  return {};
}

Result<void> remove_if_there(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) return fail(file_error("remove", file, error.value()));
  return {};
}

}  // namespace

Result<DaemonCommand> server_command(SandboxPart part, const SandboxLayout& layout, const ServerUser& user, const PerPart<int>& ports) {
  TRY_ASSIGN(auto argv, server_argv(part, layout, user, ports));
  return DaemonCommand{
      .argv = std::move(argv), .environment = user.environment(), .folder = layout.dir, .log = layout.log_of(to_string(part))};
}

bool server_is_ready(SandboxPart part, const SandboxLayout& layout, pid_t pid) {
  switch (part) {
    case SandboxPart::postgres: return postgres_is_ready(layout, pid);
    case SandboxPart::nginx: return says_pid(nginx_pid_file(layout), pid);
    case SandboxPart::demo_app: return says_pid(app_pid_file(layout), pid);
  }
  return false;
}

Result<void> clear_leftovers(SandboxPart part, const SandboxLayout& layout) {
  switch (part) {
    case SandboxPart::postgres: return clear_stale_lock(layout);
    case SandboxPart::nginx:
      TRY(remove_if_there(nginx_pid_file(layout)));
      return remove_if_there(layout.nginx_dir() / "status.sock");  // nginx takes a socket's file for a socket in use
    case SandboxPart::demo_app: return remove_if_there(app_pid_file(layout));
  }
  return {};
}

Result<void> stop_server(SandboxPart part, const SandboxLayout& layout, const ProcessIdentity& process) {
  const auto stages = stop_stages(part);
  TRY(stop_process(process, stages));
  // nginx's workers outlive a killed master, and so may backends of PostgreSQL for a moment.
  for (const auto& left : writers_of(layout.log_of(to_string(part)))) TRY(stop_process(left, stages));
  return {};
}

std::string last_words(SandboxPart part, const SandboxLayout& layout) {
  std::ifstream file(layout.log_of(to_string(part)));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (lines.size() == 3) lines.erase(lines.begin());
    lines.push_back(printable(line));
  }
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : " | ") + line;
  return text.empty() ? "it said nothing" : text;
}

}  // namespace tenantctl
