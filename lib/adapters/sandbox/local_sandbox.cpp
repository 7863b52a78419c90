#include "adapters/sandbox/local_sandbox.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "adapters/files/atomic_file.hpp"
#include "adapters/sandbox/loopback_ports.hpp"
#include "adapters/sandbox/sandbox_files.hpp"
#include "adapters/sandbox/sandbox_lock.hpp"
#include "adapters/sandbox/sandbox_postgres.hpp"
#include "adapters/sandbox/sandbox_servers.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds k_lock_limit{60};
constexpr std::chrono::seconds k_ready_limit{60};  // PostgreSQL may have a crash to recover from
constexpr std::chrono::milliseconds k_poll{5};
constexpr int k_attempts = 3;

bool all_run(const SandboxState& state) {
  return std::ranges::all_of(k_sandbox_parts, [&](auto part) { return is_running(state.processes[part]); });
}

/// Whether `prepare` saw it run. To look again would be to decide twice: a server that dies between two looks would have left
/// its workers on its port, and been given another one.
bool was_running(const SandboxState& state, SandboxPart part) { return state.processes[part].pid != 0; }

Result<SandboxState> load_state(const SandboxLayout& layout) {
  TRY_ASSIGN(auto state, read_sandbox_state(layout.state()));
  if (state.dir != layout.dir) state.processes = {};  // a copy of another sandbox, whose servers are not ours to stop
  return state;
}

/// A server that was killed may still be on its way out.
bool gets_free(int port) {
  constexpr int k_looks = 40;
  for (int looks = 0; port > 0 && looks < k_looks; ++looks) {
    if (is_free_port(port)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

/// Gives a port to every server that does not run and has none, or whose old one somebody else took.
Result<void> choose_ports(SandboxState& state) {
  for (const auto part : k_sandbox_parts) {
    if (was_running(state, part) || gets_free(state.ports[part])) continue;
    TRY_ASSIGN(const auto candidates, free_ports(k_sandbox_parts.size() + 1));
    const auto& used = state.ports.values;  // an old port that comes back as another server's would confuse the config
    state.ports[part] = *std::ranges::find_if(candidates, [&](int port) { return std::ranges::find(used, port) == used.end(); });
  }
  return {};
}

SandboxStatus describe(const SandboxLayout& layout, const SandboxState& state) {
  SandboxStatus status{.dir = layout.dir,
                       .config = layout.config(),
                       .control_url = sandbox_url(layout, state.ports[SandboxPart::postgres], "tenantctl"),
                       .socket_dir = layout.run(),
                       .postgres_port = state.ports[SandboxPart::postgres],
                       .http_port = state.ports[SandboxPart::nginx],
                       .user = state.user,
                       .servers = {},
                       .exists = is_sandbox(layout),
                       .running = true};
  for (const auto part : k_sandbox_parts) {
    const auto& process = state.processes[part];
    const bool runs = is_running(process);
    status.servers.push_back({.name = std::string(to_string(part)), .pid = runs ? process.pid : 0});
    status.running = status.running && runs;
  }
  return status;
}

/// Everything but the marker first: what a crash leaves can still be known for a sandbox and purged.
Result<void> remove_sandbox(const SandboxLayout& layout) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(layout.dir, error)) {
    if (entry.path() == layout.marker()) continue;
    fs::remove_all(entry.path(), error);
    if (error) return fail(file_error("remove", entry.path(), error.value()));
  }
  if (!error) fs::remove(layout.marker(), error);
  if (!error) fs::remove(layout.dir, error);
  if (error) return fail(file_error("remove", layout.dir, error.value()));
  return {};
}

}  // namespace

Result<SandboxStatus> LocalSandbox::up() {
  TRY_ASSIGN(const auto layout, SandboxLayout::of(dir_));
  TRY_ASSIGN(const auto lock, SandboxLock::take(layout, MissingMarker::create, k_lock_limit));
  TRY_ASSIGN(const auto user, ServerUser::choose(layout.data()));
  TRY_ASSIGN(auto state, load_state(layout));
  TRY(create_sandbox_folders(layout, user));
  TRY(start_missing(layout, user, state));
  TRY(ensure_control_database(layout, state.ports[SandboxPart::postgres]));
  return describe(layout, state);
}

Result<void> LocalSandbox::start_missing(const SandboxLayout& layout, const ServerUser& user, SandboxState& state) {
  for (int attempt = 1;; ++attempt) {
    TRY(prepare(layout, user, state));
    if (all_run(state)) return {};
    PerPart<bool> failed;
    TRY(start_and_wait(layout, user, state, failed));
    if (all_run(state)) return {};

    // Somebody may have taken the port between our look and the server's: look again, but not for ever.
    if (attempt < k_attempts) continue;
    for (const auto part : k_sandbox_parts) {
      if (!failed[part]) continue;
      return fail(
          make_error(ErrorCode::sandbox_failed,
                     fmt::format("{} of the sandbox does not start: {}", to_string(part), last_words(part, layout)))
              .with_hint(fmt::format("read \"{}\", then run \"tenantctl sandbox up\" again", layout.log_of(to_string(part)).string())));
    }
  }
}

Result<void> LocalSandbox::prepare(const SandboxLayout& layout, const ServerUser& user, SandboxState& state) {
  for (const auto part : k_sandbox_parts) {
    if (is_running(state.processes[part])) continue;
    TRY(stop_server(part, layout, state.processes[part]));
    state.processes[part] = {};
  }
  if (!std::ranges::all_of(k_sandbox_parts, [&](auto part) { return was_running(state, part); })) {
    TRY(check_reachable(layout, user));
    TRY(choose_ports(state));
  }
  TRY(write_sandbox_config(layout, state.dir, state.ports));
  state.dir = layout.dir;
  state.user = user.name();
  TRY(write_postgres_files(layout, state.ports[SandboxPart::postgres]));
  TRY_ASSIGN(const bool nginx_changed, write_nginx_files(layout, user));
  if (nginx_changed) {
    TRY(stop_server(SandboxPart::nginx, layout, state.processes[SandboxPart::nginx]));
    state.processes[SandboxPart::nginx] = {};
  }
  return write_sandbox_state(layout.state(), state);
}

/// Starts what does not run, all at once, and waits until each listens or has ended; the latter are `failed`.
Result<void> LocalSandbox::start_and_wait(const SandboxLayout& layout, const ServerUser& user, SandboxState& state, PerPart<bool>& failed) {
  if (!was_running(state, SandboxPart::demo_app)) TRY(copy_demo_app(layout, demo_app_));
  if (!was_running(state, SandboxPart::postgres)) TRY(ensure_cluster(layout, user, shell_));

  std::vector<HeldDaemon> held;
  std::vector<SandboxPart> waiting;
  for (const auto part : k_sandbox_parts) {
    if (was_running(state, part)) continue;
    TRY(clear_leftovers(part, layout));
    TRY_ASSIGN(const auto command, server_command(part, layout, user, state.ports));
    TRY_ASSIGN(auto daemon, HeldDaemon::hold(command));
    state.processes[part] = daemon.identity();
    held.push_back(std::move(daemon));
    waiting.push_back(part);
  }
  TRY(write_sandbox_state(layout.state(), state));
  for (auto& daemon : held) TRY(daemon.release());

  const auto deadline = Steady::now() + k_ready_limit;
  while (!waiting.empty() && Steady::now() < deadline) {
    std::erase_if(waiting, [&](auto part) {
      if (server_is_ready(part, layout, state.processes[part].pid)) return true;
      failed[part] = !is_running(state.processes[part]);
      return failed[part];
    });
    if (!waiting.empty()) std::this_thread::sleep_for(k_poll);
  }
  if (waiting.empty()) return {};
  return fail(make_error(ErrorCode::sandbox_failed,
                         fmt::format("{} of the sandbox was not ready within {} s", to_string(waiting[0]), k_ready_limit.count()))
                  .may_retry());
}

/// A server's user can't work in a folder below somebody's private one, and its own words for that are hard to read.
Result<void> LocalSandbox::check_reachable(const SandboxLayout& layout, const ServerUser& user) {
  if (!user.dropped()) return {};
  TRY_ASSIGN(const auto outcome, shell_.run({.argv = user.as_user({"test", "-w", layout.run().string(), "-a", "-x", layout.run().string()}),
                                             .environment = user.environment(),
                                             .folder = "/"}));
  if (outcome.succeeded()) return {};
  return fail(make_error(ErrorCode::permission_denied,
                         fmt::format("the user \"{}\", whom the sandbox's servers run as, can't reach the folder \"{}\"", user.name(),
                                     layout.dir.string()))
                  .with_hint("choose a folder outside of private ones with \"tenantctl sandbox up --dir /var/tmp/sandbox\""));
}

Result<SandboxStatus> LocalSandbox::status() {
  TRY_ASSIGN(const auto layout, SandboxLayout::of(dir_));
  TRY_ASSIGN(const auto state, load_state(layout));
  return describe(layout, state);
}

Result<void> LocalSandbox::down(SandboxData data) {
  TRY_ASSIGN(const auto layout, SandboxLayout::of(dir_));
  std::error_code error;
  if (!is_sandbox(layout) && (data == SandboxData::keep || !fs::exists(layout.dir, error))) return {};
  TRY_ASSIGN(const auto lock, SandboxLock::take(layout, MissingMarker::refuse, k_lock_limit));
  TRY_ASSIGN(auto state, load_state(layout));
  for (const auto part : {SandboxPart::nginx, SandboxPart::demo_app, SandboxPart::postgres}) {
    TRY(stop_server(part, layout, state.processes[part]));
    state.processes[part] = {};
  }
  if (data == SandboxData::purge) return remove_sandbox(layout);
  if (!fs::exists(layout.state(), error)) return {};
  return write_sandbox_state(layout.state(), state);
}

}  // namespace tenantctl
