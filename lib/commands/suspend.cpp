// `suspend`, `activate` and `cancel`: a tenant's doors closed or opened, as one operation.
#include <fmt/format.h>

#include "commands/lock_wait.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_longest_reason = 1000;

struct StateArgs {
  std::string tenant;
  std::string reason;
  std::string lock_wait;
};

/// Whether everything outside is as the tenant's state says. Where it is not, the command does its work again.
Result<bool> is_so_already(Pipeline& pipeline) {
  for (const auto& step : pipeline) {
    TRY_ASSIGN(const auto seen, step->probe());
    if (seen.presence != Presence::complete) return false;
  }
  return true;
}

/// A state that was reached is kept together with the reason that it was reached for.
std::string reason_for(const Transition& change, const StateArgs& args, const Tenant& tenant) {
  return change.done && args.reason.empty() ? tenant.status_reason : args.reason;
}

Result<Operation> new_operation(const LifePlan& plan, Services& services) {
  TRY_ASSIGN(auto id, new_operation_id(services));
  return Operation{.id = std::move(id),
                   .tenant = plan.tenant.tenant(),
                   .slug = plan.tenant.slug.str(),
                   .kind = std::string(to_string(plan.verb)),
                   .pipeline_version = k_life_pipeline_version,
                   .parameters = to_parameters(plan),
                   .actor = services.actor()};
}

/// It has ended, whether or not the control database can be asked once more.
Tenant tenant_now(Tenant before, const SetTenantStatus& change, ControlPlane& control) {
  if (auto now = control.tenants.find(before.id.str())) return std::move(*now);
  before.status = change.status;
  before.status_reason = change.reason;
  return before;
}

Result<Report> change_state(TenantVerb verb, const StateArgs& args, Services& services) {
  if (args.reason.size() > k_longest_reason) return fail(make_error(ErrorCode::bad_value, fmt::format("the reason has more than {} bytes", k_longest_reason)).with_hint("shorten --reason"));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(auto change, transition(verb, tenant.status, tenant.slug));
  if (verb == TenantVerb::cancel && !change.done) TRY(services.confirm(fmt::format("cancel tenant \"{}\" for good? It can't be activated again", tenant.slug.str())));
  TRY_ASSIGN(const auto lock, lock_tenant(tenant.slug, args.lock_wait, control, services));
  // Whoever held the lock until now may have changed it.
  TRY_ASSIGN(tenant, control.tenants.find(tenant.id.str()));
  TRY_ASSIGN(change, transition(verb, tenant.status, tenant.slug));

  TRY_ASSIGN(auto made, plan_of_tenant(tenant, control));
  const LifePlan plan{.tenant = std::move(made), .verb = verb, .from = tenant.status, .reason = reason_for(change, args, tenant)};
  TRY_ASSIGN(const auto run, prepare_life(plan, services));
  if (change.done) {
    TRY_ASSIGN(const bool already, is_so_already(run->pipeline));
    if (already) return state_change_report({.tenant = std::move(tenant)});
  }
  TRY_ASSIGN(const auto operation, new_operation(plan, services));
  TRY_ASSIGN(const auto ticket, control.operations.open(operation, tenant.status));
  TRY(claim_effects(run->plan, ticket, control, services));
  auto engine = make_engine(control, services);
  TRY_ASSIGN(const auto outcome, engine.run(ticket, run->pipeline, run->ends, OnFailure::undo));
  if (outcome.state != OperationState::succeeded) return fail(error_of(outcome, ticket));
  StateChange report{.tenant = tenant_now(std::move(tenant), std::get<SetTenantStatus>(run->ends.on_success), control), .operation = ticket.id.str()};
  for (const auto& step : outcome.steps) report.steps.push_back({step.step, step.duration_ms});
  return state_change_report(report);
}

Result<Report> suspend(const StateArgs& args, Services& services) { return change_state(TenantVerb::suspend, args, services); }
Result<Report> activate(const StateArgs& args, Services& services) { return change_state(TenantVerb::activate, args, services); }
Result<Report> cancel(const StateArgs& args, Services& services) { return change_state(TenantVerb::cancel, args, services); }

void add_options(CLI::App& sub, StateArgs& args) {
  add_tenant(sub, args.tenant);
  sub.add_option("--reason", args.reason, "why, for the audit log and for whoever asks later")->type_name("TEXT");
  add_lock_wait(sub, args.lock_wait);
}

}  // namespace

void add_suspend(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "suspend", "closes a tenant: 403 for its visitors, no logins, no open sessions",
                                            "tenantctl suspend acme --reason \"invoice 1042 is overdue\"", chosen, suspend);
  add_options(*sub, *args);
}

void add_activate(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "activate", "opens a suspended tenant again", "tenantctl activate acme --reason \"invoice 1042 is paid\"", chosen, activate);
  add_options(*sub, *args);
}

void add_cancel(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "cancel", "suspends a tenant for good, asking first; its data is kept", "tenantctl cancel acme --reason \"moved to another provider\"",
                                            chosen, cancel);
  add_options(*sub, *args);
}

}  // namespace tenantctl
