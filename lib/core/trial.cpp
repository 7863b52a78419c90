#include "core/trial.hpp"

#include "core/enum_names.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 5> k_actions{"remind", "grace", "convert", "suspend", "cancel"};

bool is_past(const std::optional<Instant>& instant, Instant now) { return instant && *instant <= now; }

}  // namespace

std::string_view to_string(TrialAction action) { return k_actions.at(static_cast<std::size_t>(action)); }

bool is_still_due(const TrialDue& due, const Tenant& tenant, Instant now) {
  const bool is_active = tenant.status == TenantStatus::active;
  switch (due.action) {
    case TrialAction::convert: return is_active && is_past(tenant.trial_ends_at, now) && !tenant.payment_reference.empty();
    case TrialAction::suspend: return is_active && is_past(tenant.grace_ends_at, now) && tenant.payment_reference.empty();
    case TrialAction::cancel:
      return tenant.status == TenantStatus::suspended && tenant.status_reason == k_trial_over && tenant.grace_ends_at &&
             tenant.payment_reference.empty();
    case TrialAction::remind:
    case TrialAction::grace: return false;
  }
  return false;
}

}  // namespace tenantctl
