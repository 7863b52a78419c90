#include "core/trial.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using namespace std::chrono_literals;

namespace {

const Instant k_end{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

Tenant on_trial() {
  return {.id = *TenantId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
          .code = *TenantCode::parse("T0000001"),
          .slug = *TenantSlug::parse("acme"),
          .status = TenantStatus::active,
          .trial_ends_at = k_end};
}

bool is_due(TrialAction action, const Tenant& tenant, Instant now) { return is_still_due({.slug = "acme", .action = action}, tenant, now); }

}  // namespace

TEST_CASE("a trial is converted from its very end on, where somebody pays", "[trials]") {
  auto tenant = on_trial();
  CHECK_FALSE(is_due(TrialAction::convert, tenant, k_end));
  tenant.payment_reference = "pm_1";
  CHECK(is_due(TrialAction::convert, tenant, k_end));
  CHECK_FALSE(is_due(TrialAction::convert, tenant, k_end - 1us));
  tenant.trial_ends_at.reset();  // converted already
  CHECK_FALSE(is_due(TrialAction::convert, tenant, k_end));
}

TEST_CASE("a trial is suspended from the very end of its grace on, where nobody pays", "[trials]") {
  auto tenant = on_trial();
  CHECK_FALSE(is_due(TrialAction::suspend, tenant, k_end));
  tenant.grace_ends_at = k_end + 24h;
  CHECK_FALSE(is_due(TrialAction::suspend, tenant, k_end + 24h - 1us));
  CHECK(is_due(TrialAction::suspend, tenant, k_end + 24h));
  tenant.payment_reference = "pm_1";
  CHECK_FALSE(is_due(TrialAction::suspend, tenant, k_end + 24h));
  tenant.payment_reference.clear();
  tenant.status = TenantStatus::suspended;
  CHECK_FALSE(is_due(TrialAction::suspend, tenant, k_end + 24h));
}

TEST_CASE("of suspended tenants only those are cancelled whose trial was the reason", "[trials]") {
  auto tenant = on_trial();
  tenant.status = TenantStatus::suspended;
  tenant.status_reason = "invoice 1042 is overdue";
  CHECK_FALSE(is_due(TrialAction::cancel, tenant, k_end));
  tenant.status_reason = k_trial_over;
  CHECK_FALSE(is_due(TrialAction::cancel, tenant, k_end));  // it was extended since
  tenant.grace_ends_at = k_end;
  CHECK(is_due(TrialAction::cancel, tenant, k_end));
  tenant.payment_reference = "pm_1";
  CHECK_FALSE(is_due(TrialAction::cancel, tenant, k_end));
  tenant.payment_reference.clear();
  tenant.status = TenantStatus::active;
  CHECK_FALSE(is_due(TrialAction::cancel, tenant, k_end));
}
