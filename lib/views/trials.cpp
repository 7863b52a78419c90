#include "views/trials.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text_table.hpp"
#include "views/instants.hpp"

namespace tenantctl {
namespace {

std::string words_of(TrialAction action, bool only_planned) {
  switch (action) {
    case TrialAction::remind: return only_planned ? "would be reminded" : "reminded";
    case TrialAction::grace: return only_planned ? "its grace would begin" : "its grace has begun";
    case TrialAction::convert: return only_planned ? "would be converted" : "converted";
    case TrialAction::suspend: return only_planned ? "would be suspended" : "suspended";
    case TrialAction::cancel: return only_planned ? "would be cancelled" : "cancelled";
  }
  return "";
}

std::string phase_of(const Tenant& tenant, Instant now) {
  if (tenant.status != TenantStatus::active) return std::string(to_string(tenant.status));
  if (tenant.trial_ends_at > now) return "on trial";
  if (!tenant.payment_reference.empty()) return "to be converted";
  return tenant.grace_ends_at && *tenant.grace_ends_at > now ? "in its grace" : "over";
}

}  // namespace

std::string result_of_trial(const TrialLine& line, bool only_planned) {
  if (line.is_held) return "left to another operation";
  return line.failure ? "failed: " + full_message(*line.failure) : words_of(line.action, only_planned);
}

Report trials_expired_report(const std::vector<TrialLine>& lines, bool only_planned) {
  std::string text;
  auto documents = nlohmann::json::array();
  for (const auto& line : lines) {
    text += fmt::format("{}: {}\n", line.slug, result_of_trial(line, only_planned));
    documents.push_back({{"tenant", line.slug},
                         {"action", to_string(line.action)},
                         {"done", !only_planned && !line.failure && !line.is_held},
                         {"held", line.is_held},
                         {"error", error_document(line.failure)}});
  }
  const bool failed = std::ranges::any_of(lines, [](const TrialLine& line) { return line.failure.has_value(); });
  return {
      .text = std::move(text), .document = {{"trials", std::move(documents)}, {"dry_run", only_planned}}, .exit_status = failed ? 1 : 0};
}

Report trial_list_report(const std::vector<Tenant>& tenants, Instant now) {
  TextTable table({"TENANT", "PLAN", "PHASE", "TRIAL ENDS", "GRACE ENDS", "PAYS"});
  auto documents = nlohmann::json::array();
  for (const auto& tenant : tenants) {
    const auto phase = phase_of(tenant, now);
    table.add({tenant.slug.str(), tenant.plan, phase, instant_or_empty(tenant.trial_ends_at), instant_or_empty(tenant.grace_ends_at),
               tenant.payment_reference.empty() ? "no" : "yes"});
    documents.push_back({{"tenant", tenant.slug.str()},
                         {"plan", tenant.plan},
                         {"phase", phase},
                         {"trial_ends_at", instant_or_null(tenant.trial_ends_at)},
                         {"grace_ends_at", instant_or_null(tenant.grace_ends_at)},
                         {"has_payment_method", !tenant.payment_reference.empty()}});
  }
  return {.text = table.str(), .document = {{"trials", std::move(documents)}}};
}

Report trial_extended_report(const std::string& slug, Instant end) {
  return {.text = fmt::format("the trial of {} ends at {}\n", slug, to_rfc3339(end)),
          .document = {{"tenant", slug}, {"trial_ends_at", to_rfc3339(end)}}};
}

Report payment_method_report(const std::string& slug, const std::string& reference) {
  return {.text = reference.empty() ? fmt::format("{} has no payment method\n", slug) : fmt::format("{} pays by {}\n", slug, reference),
          .document = {{"tenant", slug}, {"has_payment_method", !reference.empty()}, {"payment_method", reference}}};
}

}  // namespace tenantctl
