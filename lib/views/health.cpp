#include "views/health.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"

namespace tenantctl {
namespace {

const char* result_name(HealthCheck::Result result) {
  switch (result) {
    case HealthCheck::Result::ok: return "ok";
    case HealthCheck::Result::failed: return "failed";
    case HealthCheck::Result::skipped: return "skipped";
  }
  return "";
}

nlohmann::json check_document(const HealthCheck& check) {
  nlohmann::json document = {
      {"check", check.name}, {"result", result_name(check.result)}, {"detail", check.detail}, {"took_ms", check.took.count()}};
  if (!check.hint.empty()) document["hint"] = check.hint;
  return document;
}

}  // namespace

Report health_report(const std::vector<TenantHealth>& tenants) {
  TextTable table({"TENANT", "CHECK", "RESULT", "MS", ""});
  auto documents = nlohmann::json::array();
  for (const auto& tenant : tenants) {
    auto checks = nlohmann::json::array();
    for (const auto& check : tenant.checks) {
      table.add({tenant.slug, check.name, result_name(check.result), std::to_string(check.took.count()),
                 check.detail + (check.hint.empty() ? "" : "; " + check.hint)});
      checks.push_back(check_document(check));
    }
    documents.push_back({{"slug", tenant.slug}, {"healthy", tenant.healthy()}, {"checks", std::move(checks)}});
  }
  const auto well = std::ranges::count_if(tenants, &TenantHealth::healthy);
  const auto ill = std::ssize(tenants) - well;
  const auto verdict = ill == 0 ? fmt::format("{} healthy\n", well) : fmt::format("{} healthy, {} not\n", well, ill);
  return {.text = (tenants.empty() ? std::string() : table.str()) + verdict,
          .document = {{"tenants", std::move(documents)}, {"healthy", well}, {"unhealthy", ill}},
          .exit_status = ill == 0 ? 0 : info(ErrorCode::check_failed).exit_status};
}

}  // namespace tenantctl
