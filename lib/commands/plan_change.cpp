#include "commands/plan_change.hpp"

#include <fmt/format.h>

#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/reason.hpp"
#include "core/tenant_states.hpp"
#include "views/limits.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_no_other_plan = ", and gets no other plan";

/// What it uses more of than it might then. What has a price is charged, and what was agreed besides goes on.
Result<std::vector<std::string>> above_limits(const Tenant& tenant, const Plan& to, ControlPlane& control, Services& services) {
  const auto today = day_of(services.clock().now());
  TRY_ASSIGN(const auto overrides, control.terms.overrides(tenant.id));
  std::vector<std::string> above;
  for (const auto& resource : limited_resources()) {
    const std::string name(resource.name);
    const auto agreed = overrides.find(name);
    const auto limit = agreed == overrides.end() ? to.limits.at(name) : agreed->second.amount;
    if (!limit || to.overage.contains(name)) continue;
    TRY_ASSIGN(const auto now, control.usage.now(tenant.id, resource, {}, today));
    if (now.current > *limit) above.push_back(fmt::format("{}: {} of {}", name, amount_text(name, now.current), amount_text(name, *limit)));
  }
  return above;
}

Result<bool> has_terms_already(const PlanChangeView& view, const Pipeline& pipeline) {
  if (plan_document(view.from) != plan_document(view.to)) return false;
  for (const auto& step : pipeline) {
    TRY_ASSIGN(const auto seen, step->probe());
    if (seen.presence != Presence::complete) return false;
  }
  return true;
}

}  // namespace

Result<PlanChangeView> change_plan(const std::string& name, const Plan& to, const PlanOrders& orders, Services& services) {
  TRY(check_reason(orders.reason));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto found, control.tenants.find(name));
  if (!orders.only_if) TRY(check_may_change(found, k_no_other_plan));
  TRY_ASSIGN(const auto held, hold_tenant(found, orders.lock_wait, control, services));
  TRY_ASSIGN(auto from, control.terms.of(held.tenant.id));
  if (orders.only_if && !orders.only_if(held.tenant)) return PlanChangeView{.slug = held.tenant.slug.str(), .from = from, .to = from};
  TRY(check_may_change(held.tenant, k_no_other_plan));
  PlanChangeView view{.slug = held.tenant.slug.str(), .from = std::move(from), .to = to};
  TRY_ASSIGN(view.above, above_limits(held.tenant, to, control, services));
  if (orders.dry_run) return view;
  TRY_ASSIGN(auto made, plan_of_tenant(held.tenant, control));
  const PlanChange change{.tenant = std::move(made), .from = view.from, .to = to, .reason = orders.reason, .ends_trial = orders.ends_trial};
  TRY_ASSIGN(const auto run, prepare_plan_change(change, services));
  TRY_ASSIGN(const bool already, has_terms_already(view, run->pipeline));
  if (already) return view;
  if (!view.above.empty() && !orders.force) {
    return fail(make_error(ErrorCode::limit_reached, fmt::format("tenant \"{}\" uses more than plan \"{}\" allows: {}", view.slug,
                                                                 to.name.str(), fmt::join(view.above, ", ")))
                    .with_hint("have it use less, or pass --force: then it keeps what it has, and can add nothing"));
  }
  TRY_ASSIGN(auto operation, new_operation(change.tenant, services));
  operation.kind = k_plan_change_kind;
  operation.pipeline_version = k_plan_change_version;
  operation.parameters = to_parameters(change);
  TRY_ASSIGN(const auto done, carry_out(*run, operation, held.tenant.status, control, services));
  view.operation = done.ticket.id.str();
  return view;
}

}  // namespace tenantctl
