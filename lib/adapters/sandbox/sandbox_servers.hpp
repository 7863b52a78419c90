// How each of the sandbox's three servers is started, told to be ready, and stopped. It decides nothing about when.
#pragma once
#include <optional>
#include <string>

#include "adapters/process/daemon.hpp"
#include "adapters/sandbox/sandbox_layout.hpp"
#include "adapters/sandbox/sandbox_state.hpp"
#include "adapters/sandbox/server_user.hpp"

namespace tenantctl {

/// Errors: process_failed (the program is not installed).
Result<DaemonCommand> server_command(SandboxPart part, const SandboxLayout& layout, const ServerUser& user, const PerPart<int>& ports);

/// True once the server listens: it has written its own pid into its pid file.
bool server_is_ready(SandboxPart part, const SandboxLayout& layout, pid_t pid);

/// Removes what a killed server left that would keep a new one from starting. Errors: sandbox_failed, io_failed.
Result<void> clear_leftovers(SandboxPart part, const SandboxLayout& layout);

/// Stops the server, and whatever of it outlived it. Not running is success. Errors: process_failed.
Result<void> stop_server(SandboxPart part, const SandboxLayout& layout, const ProcessIdentity& process);

/// The last lines that the server wrote, fit for a message.
std::string last_words(SandboxPart part, const SandboxLayout& layout);

}  // namespace tenantctl
