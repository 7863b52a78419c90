// The text that a remote login shell gets for a ShellCommand, built without any host. It is the only place that quotes, and
// it keeps the values of environment variables off the command line, which everybody on the host can read.
#pragma once
#include <string>
#include <string_view>

#include "core/ssh_host.hpp"
#include "ports/shell.hpp"

namespace tenantctl::ssh {

struct RemoteCommand {
  std::string line;           // for the exec request; the remote login shell parses it
  std::string preamble = {};  // goes to its standard input before the command's own
};

/// One word for a POSIX shell that stands for exactly these bytes.
std::string quote(std::string_view word);

/// From SIGTERM at the command's limit to SIGKILL.
constexpr std::chrono::seconds k_kill_after{1};

/// `cd -- FOLDER && … exec [sudo -n --] timeout LIMIT ARGV`, where a program or folder that isn't there makes it end with 127 and
/// k_not_started as the last line of its standard error. With environment, or where the line is too long for one argument,
/// a small `sh` reads all that from the preamble instead. With sudo, sudoers must let the variables through (SETENV).
/// Errors: bad_value (NUL in a word, a program's name that begins with a hyphen, a name that is no variable's).
Result<RemoteCommand> remote_command(const ShellCommand& command, Sudo sudo);

constexpr std::string_view k_not_started = "tenantctl: not started\n";

}  // namespace tenantctl::ssh
