#include "adapters/sandbox/sandbox_postgres.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

#include "adapters/files/atomic_file.hpp"
#include "adapters/postgres/connection.hpp"
#include "adapters/process/process_identity.hpp"
#include "adapters/sandbox/programs.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

/// The pid that postmaster.pid begins with; 0 where there is none.
pid_t postmaster_pid(const SandboxLayout& layout) {
  std::ifstream file(layout.data() / "postmaster.pid");
  pid_t pid = 0;
  file >> pid;
  return file ? pid : 0;
}

/// A postmaster's working directory is its cluster.
bool runs_in(const fs::path& folder, pid_t pid) {
  std::error_code error;
  return fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error) == folder && !error;
}

}  // namespace

Result<void> ensure_cluster(const SandboxLayout& layout, const ServerUser& user, Shell& shell) {
  std::error_code error;
  if (fs::exists(layout.data(), error)) return {};
  for (const auto& entry : fs::directory_iterator(layout.postgres(), error)) {
    std::error_code still_written;  // by an initdb whose tenantctl was killed; the next start removes it
    if (entry.path().filename().string().starts_with("data.new.")) fs::remove_all(entry.path(), still_written);
  }
  TRY_ASSIGN(const auto initdb, find_postgres_program("initdb"));
  const auto fresh = layout.postgres() / fmt::format("data.new.{}", ::getpid());
  TRY_ASSIGN(const auto outcome, shell.run({.argv = user.as_user({initdb.string(), "-D", fresh.string(), "-U", "tenantctl", "-A", "trust",
                                                                  "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"}),
                                            .environment = user.environment(),
                                            .folder = layout.run(),
                                            .limit = std::chrono::minutes(2)}));
  if (!outcome.succeeded()) return fail(ErrorCode::process_failed, fmt::format("initdb failed: {}", printable(outcome.err)));
  fs::rename(fresh, layout.data(), error);
  if (error) return fail(file_error("create", layout.data(), error.value()));
  return {};
}

Result<void> clear_stale_lock(const SandboxLayout& layout) {
  const auto pid = postmaster_pid(layout);
  if (identify(pid) && runs_in(layout.data(), pid)) {
    return fail(
        make_error(ErrorCode::sandbox_failed,
                   fmt::format("a PostgreSQL that the sandbox did not start runs in \"{}\" as process {}", layout.data().string(), pid))
            .with_hint(fmt::format("stop it with \"kill -INT {}\"", pid)));
  }
  std::error_code error;
  fs::remove(layout.data() / "postmaster.pid", error);
  if (error) return fail(file_error("remove", layout.data() / "postmaster.pid", error.value()));
  return {};
}

bool postgres_is_ready(const SandboxLayout& layout, pid_t pid) {
  std::ifstream file(layout.data() / "postmaster.pid");
  std::string line;
  if (!std::getline(file, line) || line != std::to_string(pid)) return false;
  constexpr int k_status_line = 8;  // miscadmin.h: LOCK_FILE_LINE_PM_STATUS
  for (int i = 1; i < k_status_line; ++i) {
    if (!std::getline(file, line)) return false;
  }
  return line.starts_with("ready");
}

std::string sandbox_url(const SandboxLayout& layout, int port, std::string_view database) {
  return fmt::format("postgresql:///{}?host={}&port={}&user=tenantctl", database, layout.run().string(), port);
}

Result<void> ensure_control_database(const SandboxLayout& layout, int port) {
  TRY_ASSIGN(const auto connection, postgres::Connection::open(Secret(sandbox_url(layout, port, "postgres")), postgres::Peer::server));
  TRY_ASSIGN(const auto found, connection->query("select 1 from pg_database where datname = 'tenantctl'"));
  if (found.empty()) TRY(connection->query("create database tenantctl template template0"));
  // Everybody may enter each new database until he is told not to.
  TRY(connection->script("revoke all on database postgres, template1, tenantctl from public"));
  return {};
}

}  // namespace tenantctl
