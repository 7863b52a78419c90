#include "adapters/ssh/remote_command.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::ssh {
namespace {

/// Linux lets one argument have 128 KiB (MAX_ARG_STRLEN), and the whole line is one argument of the login shell.
constexpr std::size_t k_longest_line = 100'000;

/// Reads as many lines of its input as its argument says, and is then what they say. POSIX: `read` takes no byte more than
/// its line, so that the command finds the rest.
constexpr std::string_view k_reader =
    "tenantctl_n=$1 tenantctl_s=; "
    "while [ \"$tenantctl_n\" -gt 0 ]; do IFS= read -r tenantctl_l || exit 127; tenantctl_s=\"$tenantctl_s$tenantctl_l\n\"; "
    "tenantctl_n=$((tenantctl_n-1)); done; shift; eval \"$tenantctl_s\"";

bool is_variable(std::string_view name) {
  const auto word = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::all_of(name.begin(), name.end(), word);
}

bool needs_no_quotes(std::string_view word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,";
  return !word.empty() && word.find_first_not_of(plain) == std::string_view::npos;
}

Result<void> check(const ShellCommand& command) {
  const auto holds_nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  if (command.argv.empty() || command.argv[0].empty()) return fail(ErrorCode::internal, "a program to start has no name");
  if (command.argv[0].front() == '-')
    return fail(ErrorCode::bad_value, fmt::format("\"{}\" is no program's name", command.argv[0]));  // to `exec` it is an option
  if (std::any_of(command.argv.begin(), command.argv.end(), holds_nul) || holds_nul(command.folder.native()))
    return fail(ErrorCode::bad_value, fmt::format("an argument of \"{}\" holds a NUL byte", command.argv[0]));
  for (const auto& entry : command.environment) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || !is_variable(std::string_view(entry).substr(0, equals)) || holds_nul(entry))
      return fail(ErrorCode::bad_value,
                  fmt::format("\"{}\" is no environment variable of \"{}\"", entry.substr(0, equals), command.argv[0]));
  }
  return {};
}

/// sudo drops the environment but what it is told to keep; the names may be seen.
std::string sudo_words(const ShellCommand& command) {
  std::string names;
  for (const auto& entry : command.environment) names += (names.empty() ? "" : ",") + entry.substr(0, entry.find('='));
  return names.empty() ? "sudo -n -- " : fmt::format("sudo -n --preserve-env={} -- ", names);
}

/// The host ends it by itself, also where our link broke or we were killed. sshd's own signals do not serve: it refuses
/// them for a login as root, and they do not reach what sudo runs.
std::string watch_words(std::chrono::milliseconds limit) {
  return fmt::format("timeout -k {} {}.{:03} ", k_kill_after.count(), limit.count() / 1000, limit.count() % 1000);
}

std::string shell_text(const ShellCommand& command, Sudo sudo) {
  const auto give_up = fmt::format("{{ printf '{}\\n' >&2; exit 127; }}", k_not_started.substr(0, k_not_started.size() - 1));
  std::string text;
  if (!command.folder.empty()) text += fmt::format("cd -- {} || {}; ", quote(command.folder.native()), give_up);
  for (const auto& entry : command.environment) {
    const auto equals = entry.find('=');
    text += fmt::format("export {}={}; ", entry.substr(0, equals), quote(std::string_view(entry).substr(equals + 1)));
  }
  const auto program = sudo == Sudo::yes ? std::string("sudo") : quote(command.argv[0]);
  text += fmt::format("command -v {} >/dev/null || {}; exec {}{}", program, give_up, sudo == Sudo::yes ? sudo_words(command) : "",
                      watch_words(command.limit));
  for (std::size_t i = 0; i < command.argv.size(); ++i) text += (i == 0 ? "" : " ") + quote(command.argv[i]);
  return text;
}

}  // namespace

std::string quote(std::string_view word) {
  if (needs_no_quotes(word)) return std::string(word);
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') text += "'\\''";
    else text += c;
  }
  return text + "'";
}

Result<RemoteCommand> remote_command(const ShellCommand& command, Sudo sudo) {
  TRY(check(command));
  auto text = shell_text(command, sudo);
  if (command.environment.empty() && text.size() <= k_longest_line) return RemoteCommand{.line = std::move(text)};
  text += '\n';
  auto line = fmt::format("exec /bin/sh -c {} sh {}", quote(k_reader), std::count(text.begin(), text.end(), '\n'));
  return RemoteCommand{.line = std::move(line), .preamble = std::move(text)};
}

}  // namespace tenantctl::ssh
