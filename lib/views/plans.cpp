#include "views/plans.hpp"

#include <fmt/format.h>

#include "core/money.hpp"
#include "core/text_table.hpp"

namespace tenantctl {
namespace {

std::string price(const Plan& plan) { return plan.price_cents ? money_text(*plan.price_cents, plan.currency) : "custom"; }

std::string days(int count) { return count == 0 ? "-" : fmt::format("{} days", count); }

}  // namespace

Report plan_list_report(const std::vector<Plan>& plans) {
  TextTable table({"PLAN", "PRICE", "BILLED", "TRIAL", "COMPANIES", "USERS/COMPANY", "TRANSACTIONS/MONTH", "SUPPORT"});
  auto documents = nlohmann::json::array();
  for (const auto& plan : plans) {
    table.add({plan.name.str(), price(plan), plan.billed, days(plan.trial_days), limit_text(plan.limits.at("companies")),
               limit_text(plan.limits.at("users_per_company")), limit_text(plan.limits.at("transactions_per_month")), plan.support});
    documents.push_back(plan_document(plan));
  }
  return {.text = table.str(), .document = {{"plans", documents}}};
}

Report plan_report(const Plan& plan) {
  std::vector<std::pair<std::string, std::string>> fields{{"plan", plan.name.str()},
                                                          {"price", price(plan)},
                                                          {"billed", plan.billed},
                                                          {"trial", days(plan.trial_days)},
                                                          {"grace", days(plan.grace_days)},
                                                          {"support", plan.support},
                                                          {"retention", days(plan.retention_days)}};
  for (const auto& [name, limit] : plan.limits) fields.emplace_back(name, limit_text(limit));
  if (plan.soft_limit_percent < 100) fields.emplace_back("warned above", fmt::format("{} % of a limit", plan.soft_limit_percent));
  fields.emplace_back("connections", limit_text(plan.connections));
  fields.emplace_back("statement timeout", plan.statement_timeout_ms == 0 ? "none" : fmt::format("{} ms", plan.statement_timeout_ms));
  for (const auto& [name, over] : plan.overage)
    fields.emplace_back("over " + name, fmt::format("{} per {}", money_text(over.price_cents, plan.currency), over.unit));
  return {.text = text_fields(fields), .document = {{"plan", plan_document(plan)}}};
}

}  // namespace tenantctl
