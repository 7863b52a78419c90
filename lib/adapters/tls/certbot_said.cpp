#include "adapters/tls/certbot_said.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

// RFC 8555, 6.7.
constexpr std::string_view k_problem = "urn:ietf:params:acme:error:";

struct Sign {
  std::string_view text;
  ErrorCode code;
  std::string_view message;
  std::string_view hint;
};

// The first that stands there counts.
constexpr std::array k_signs{
    Sign{"not found\n", ErrorCode::process_failed, "there is no certbot", "install certbot on nginx's host, or set tls.program"},
    Sign{"No such file or directory: 'certbot'", ErrorCode::process_failed, "there is no certbot", "install certbot on nginx's host"},
    Sign{"CERTIFICATE_VERIFY_FAILED", ErrorCode::certificate_refused, "the authority's own certificate is not trusted",
         "set tls.ca_file to whom certbot is to trust"},
    Sign{"Max retries exceeded", ErrorCode::authority_unreachable, "the authority can't be reached", ""},
    Sign{"ConnectionError", ErrorCode::authority_unreachable, "the authority can't be reached", ""},
    Sign{"ReadTimeout", ErrorCode::authority_unreachable, "the authority does not answer", ""},
    Sign{"No space left on device", ErrorCode::disk_full, "no space is left for certbot's files", ""},
    Sign{"Permission denied", ErrorCode::permission_denied, "certbot may not write its files",
         "let tls.dir belong to whom certbot runs as"},
    Sign{"Another instance of Certbot", ErrorCode::locked, "another certbot works in the same folder", ""},
};

/// What an authority says of a refusal that is to be borne with.
bool may_pass(std::string_view kind) { return kind == "rateLimited" || kind == "serverInternal" || kind == "badNonce"; }

/// The last of its refusals, as JSON; null where there is none.
nlohmann::json last_problem(std::string_view log) {
  const auto at = log.rfind(k_problem);
  if (at == std::string_view::npos) return {};
  const auto begin = log.rfind('{', at);
  const auto end = log.find_first_of("{}", at);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  auto text = std::string(log.substr(begin, end - begin));
  if (log[end] == '{') text.erase(text.rfind(','));  // details of the details
  return nlohmann::json::parse(text + "}", nullptr, false);
}

struct Problem {
  std::string kind;
  std::string detail;
};

Problem problem_in(std::string_view log) {
  const auto json = last_problem(log);
  if (!json.is_object()) return {};
  const auto text_of = [&](const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : ""; };
  const auto type = text_of("type");
  if (!type.starts_with(k_problem)) return {};
  return {type.substr(k_problem.size()), text_of("detail")};
}

std::string text_of(const Problem& problem) {
  return printable(problem.detail.empty() ? problem.kind : fmt::format("{}: {}", problem.kind, problem.detail));
}

}  // namespace

std::string authority_said(std::string_view log) { return text_of(problem_in(log)); }

Error certbot_failure(const std::string& name, std::string_view said_and_log) {
  const auto problem = problem_in(said_and_log);
  if (!problem.kind.empty()) {
    auto error = make_error(ErrorCode::certificate_refused,
                            fmt::format("the authority gives no certificate for \"{}\": {}", name, text_of(problem)));
    if (problem.kind == "dns" || problem.kind == "connection" || problem.kind == "unauthorized")
      error.hint = fmt::format("see that http://{}/.well-known/acme-challenge/ leads to this nginx from the outside", name);
    error.retryable = may_pass(problem.kind);
    return error;
  }
  for (const auto& sign : k_signs) {
    if (said_and_log.find(sign.text) == std::string_view::npos) continue;
    auto error = make_error(sign.code, fmt::format("no certificate for \"{}\": {}", name, sign.message)).with_hint(std::string(sign.hint));
    error.retryable = is_unreachable(sign.code) || sign.code == ErrorCode::locked;
    return error;
  }
  // Its own last words.
  auto words = std::string(said_and_log.substr(0, std::min<std::size_t>(said_and_log.size(), 2000)));
  while (words.ends_with('\n')) words.pop_back();
  return make_error(ErrorCode::process_failed, fmt::format("certbot failed for \"{}\": {}", name, printable(words)));
}

}  // namespace tenantctl
