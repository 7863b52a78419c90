#include "pipeline/steps/after_create_step.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/redact.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_most_lines = 3;

/// What it said last, on one line, without the secrets that it was given.
std::string last_words(std::string text, const LoginDetails& details) {
  redact(text, details.url.reveal());
  redact(text, details.password.reveal());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < k_most_lines && begin != std::string::npos && begin > 0; ++lines) begin = text.rfind('\n', begin - 1);
  if (begin != std::string::npos && begin > 0 && begin < text.size()) text.erase(0, begin + 1);
  std::ranges::replace(text, '\n', ' ');
  return printable(text);
}

std::vector<std::string> environment_of(const CreatePlan& plan) {
  std::vector<std::string> environment{"TENANT_ID=" + plan.tenant().str(),      "TENANT_CODE=" + plan.code.str(),         "TENANT_SLUG=" + plan.slug.str(),
                                       "TENANT_COMPANY=" + plan.company_name,   "TENANT_EMAIL=" + plan.admin_email.str(), "TENANT_PLAN=" + plan.plan.str(),
                                       "TENANT_HOST=" + plan.front.str(),       "TENANT_DATABASE=" + plan.database.database.str()};
  if (plan.database.schema) environment.push_back("TENANT_SCHEMA=" + plan.database.schema->str());
  return environment;
}

}  // namespace

AfterCreateStep::AfterCreateStep(const CreatePlan& plan, const CreatePorts& ports)
    : shell_(ports.shell),
      store_(ports.credentials),
      wanted_(plan.after_create),
      tenant_(plan.tenant()),
      credentials_file_(plan.credentials_file),
      environment_(environment_of(plan)),
      description_(fmt::format("run \"{}\" on {} for at most {} s", fmt::join(wanted_.argv, " "), wanted_.host.empty() ? "this machine" : "host \"" + wanted_.host + "\"",
                               wanted_.limit.count() / 1000)) {}

/// What a command did before it was killed can't be seen from here, so it is run again.
Result<Observation> AfterCreateStep::probe() { return Observation{}; }

ShellCommand AfterCreateStep::command(const Secret& url) const {
  auto environment = environment_;
  environment.push_back("DATABASE_URL=" + url.reveal());
  return {.argv = wanted_.argv, .environment = std::move(environment), .folder = wanted_.folder, .limit = wanted_.limit};
}

Result<Evidence> AfterCreateStep::apply() {
  TRY_ASSIGN(auto* shell, shell_());
  TRY_ASSIGN(const auto details, store_.read(credentials_file_, tenant_));
  if (!details) return fail(ErrorCode::file_not_found, fmt::format("credentials file \"{}\" has gone", credentials_file_.string()));
  TRY_ASSIGN(const auto outcome, shell->run(command(details->url)));
  if (outcome.succeeded()) return Evidence{{"argv", wanted_.argv}, {"host", wanted_.host}};
  const auto ended = outcome.signal != 0 ? fmt::format("was ended by signal {}", outcome.signal) : fmt::format("ended with {}", outcome.exit_status);
  return fail(make_error(ErrorCode::process_failed, fmt::format("\"{}\" {}: {}", fmt::join(wanted_.argv, " "), ended, last_words(outcome.err.empty() ? outcome.out : outcome.err, *details)))
                  .with_hint("run it by hand for another tenant, with that one's DATABASE_URL, then create this one again"));
}

/// Its database goes with all that is in it.
Result<void> AfterCreateStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
