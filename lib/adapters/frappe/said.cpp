#include "adapters/frappe/said.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/redact.hpp"
#include "core/utf8.hpp"

namespace tenantctl::frappe {
namespace {

constexpr int k_refused = 75;
constexpr int k_timed_out = 124;  // of timeout(1)
constexpr std::size_t k_longest = 400;

/// Progress is drawn over itself with carriage returns, without a terminal too.
std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  const auto begin = text.find_last_of("\r\n");
  return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1));
}

/// Every line of a command's input and every value of its environment may be a password.
std::string without_secrets(std::string text, const ShellCommand& command) {
  std::string_view rest = command.input;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    redact(text, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const auto& entry : command.environment) redact(text, std::string_view(entry).substr(entry.find('=') + 1));
  return printable(text.substr(0, k_longest));
}

Error refusal(std::string_view reason, const std::string& host, const FrappeSite& site) {
  if (reason == "no-bench") {
    return make_error(ErrorCode::file_not_found, fmt::format("host \"{}\" has no bench in \"{}\"", host, site.bench))
        .with_hint("correct bench: of the stack in tenantctl.yaml");
  }
  if (reason == "busy") {
    return make_error(ErrorCode::locked, fmt::format("an earlier command on site \"{}\" still runs on host \"{}\"", site.name.str(), host))
        .with_hint("run the command again once it has ended")
        .may_retry();
  }
  if (reason == "foreign") {
    return make_error(ErrorCode::foreign_object,
                      fmt::format("site \"{}\" exists on host \"{}\" and is not this tenant's", site.name.str(), host));
  }
  if (reason == "gone") {
    return make_error(ErrorCode::state_conflict,
                      fmt::format("the standby of site \"{}\" is not on host \"{}\" as it was made", site.name.str(), host))
        .with_hint("run the create again: it takes another one")
        .may_retry();
  }
  return make_error(ErrorCode::fenced, fmt::format("site \"{}\" on host \"{}\" is claimed by another process", site.name.str(), host));
}

struct Reading {
  std::string_view part;
  ErrorCode code;
  std::string_view says;
};

constexpr Reading k_readings[] = {
    {"(1045,", ErrorCode::permission_denied, "the site's database server refused the login"},
    {"ERROR 1045", ErrorCode::permission_denied, "the site's database server refused the login"},
    {"(1044,", ErrorCode::permission_denied, "the site's database server denied a right"},
    {"ERROR 1227", ErrorCode::permission_denied, "the database keeper of the stack lacks a right"},
    {"(2003,", ErrorCode::server_unreachable, "the site's database server can't be reached"},
    {"ERROR 2002", ErrorCode::server_unreachable, "the site's database server can't be reached"},
    {"ERROR 2003", ErrorCode::server_unreachable, "the site's database server can't be reached"},
    {"No space left on device", ErrorCode::disk_full, "the host's disk is full"},
    {"You should not run this command as root", ErrorCode::permission_denied, "the bench refuses root; log in as the bench's own user"},
};

}  // namespace

std::string last_words(const ShellOutcome& outcome) {
  if (outcome.out.empty() || outcome.err.find("Traceback") != std::string::npos || outcome.err.find("ERROR ") != std::string::npos)
    return last_line(outcome.err);
  return last_line(outcome.out);
}

Error error_of(const std::string& host, const FrappeSite& site, const ShellCommand& command, const ShellOutcome& outcome) {
  constexpr std::string_view k_ours = "tenantctl: ";
  const auto said = last_line(outcome.err);
  if (outcome.exit_status == k_refused && said.starts_with(k_ours))
    return refusal(std::string_view(said).substr(k_ours.size()), host, site);
  if (outcome.exit_status == k_timed_out) {
    return make_error(ErrorCode::timed_out,
                      fmt::format("a command on site \"{}\" did not end in time and was ended on host \"{}\"", site.name.str(), host))
        .may_retry();
  }
  const auto words = without_secrets(last_words(outcome), command);
  for (const auto& [part, code, says] : k_readings) {
    if (outcome.out.find(part) == std::string::npos && outcome.err.find(part) == std::string::npos) continue;
    auto error = make_error(code, fmt::format("{}: {}", says, words));
    error.retryable = code == ErrorCode::server_unreachable;
    return error;
  }
  const auto end = outcome.signal != 0 ? fmt::format("signal {}", outcome.signal) : fmt::format("status {}", outcome.exit_status);
  return make_error(ErrorCode::process_failed, fmt::format("the bench on host \"{}\" ended with {}: {}", host, end, words));
}

}  // namespace tenantctl::frappe
