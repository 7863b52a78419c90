// What is particular to the sandbox's PostgreSQL: making its cluster, telling when it serves, its control database.
#pragma once
#include "adapters/sandbox/sandbox_layout.hpp"
#include "adapters/sandbox/server_user.hpp"
#include "core/result.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

/// Makes the cluster where there is none. It gets its name only when it is whole, so that half an initdb is never taken
/// for a cluster. Errors: process_failed, timed_out, io_failed.
Result<void> ensure_cluster(const SandboxLayout& layout, const ServerUser& user, Shell& shell);

/// Removes the lock file of a server that was killed, where its pid is by now another process, which PostgreSQL can't
/// tell. Errors: sandbox_failed (a server that is not ours runs in the folder), io_failed.
Result<void> clear_stale_lock(const SandboxLayout& layout);

/// True where the postmaster `pid` has written that it accepts connections.
bool postgres_is_ready(const SandboxLayout& layout, pid_t pid);

/// The URL by which we, and only we, reach it as its superuser.
std::string sandbox_url(const SandboxLayout& layout, int port, std::string_view database);

/// Creates the database "tenantctl", empty, where it is missing. Errors: server_unreachable, sql_failed.
Result<void> ensure_control_database(const SandboxLayout& layout, int port);

}  // namespace tenantctl
