#include "pipeline/tenant_command.hpp"

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
  std::vector<std::string> environment{"TENANT_ID=" + plan.tenant().str(),       "TENANT_CODE=" + plan.code.str(),
                                       "TENANT_SLUG=" + plan.slug.str(),         "TENANT_COMPANY=" + plan.company_name,
                                       "TENANT_EMAIL=" + plan.admin_email.str(), "TENANT_PLAN=" + plan.plan.str(),
                                       "TENANT_HOST=" + plan.front.str(),        "TENANT_DATABASE=" + plan.database.database.str()};
  if (plan.database.schema) environment.push_back("TENANT_SCHEMA=" + plan.database.schema->str());
  return environment;
}

}  // namespace

TenantCommand tenant_command(const CreatePlan& plan, AfterCreate wanted) {
  return {
      .wanted = std::move(wanted), .tenant = plan.tenant(), .credentials_file = plan.credentials_file, .environment = environment_of(plan)};
}

Result<void> run(const TenantCommand& command, Shell& shell, CredentialStore& store) {
  const auto& wanted = command.wanted;
  TRY_ASSIGN(const auto details, store.read(command.credentials_file, command.tenant));
  if (!details) return fail(ErrorCode::file_not_found, fmt::format("credentials file \"{}\" has gone", command.credentials_file.string()));
  auto environment = command.environment;
  environment.push_back("DATABASE_URL=" + details->url.reveal());
  TRY_ASSIGN(const auto outcome,
             shell.run({.argv = wanted.argv, .environment = std::move(environment), .folder = wanted.folder, .limit = wanted.limit}));
  if (outcome.succeeded()) return {};
  const auto ended =
      outcome.signal != 0 ? fmt::format("was ended by signal {}", outcome.signal) : fmt::format("ended with {}", outcome.exit_status);
  return fail(ErrorCode::process_failed, fmt::format("\"{}\" {}: {}", fmt::join(wanted.argv, " "), ended,
                                                     last_words(outcome.err.empty() ? outcome.out : outcome.err, *details)));
}

}  // namespace tenantctl
