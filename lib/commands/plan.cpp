// `plan set|show`: a tenant's own plan.
#include "commands/duration_options.hpp"
#include "commands/plan_change.hpp"
#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct SetPlanArgs {
  std::string tenant;
  std::string plan;
  PlanOrders orders;
};

Result<Report> set_plan(const SetPlanArgs& args, Services& services) {
  TRY_ASSIGN(const auto* catalog, services.plans());
  TRY_ASSIGN(const auto* plan, catalog->find(args.plan));
  TRY_ASSIGN(const auto view, change_plan(args.tenant, *plan, args.orders, services));
  return plan_change_report(view, args.orders.dry_run);
}

struct TenantPlanArgs {
  std::string tenant;
};

Result<Report> show_tenant_plan(const TenantPlanArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(auto terms, control.terms.of(tenant.id));
  TRY_ASSIGN(const auto taken, control.terms.history(tenant.id));
  TenantPlanView view{.slug = tenant.slug.str(), .terms = std::move(terms)};
  const auto catalog = services.plans();
  const auto sold = catalog ? (*catalog)->find(tenant.plan) : Result<const Plan*>(nullptr);
  view.is_sold = sold && *sold != nullptr;
  view.is_as_sold = sold && *sold != nullptr && plan_document(**sold) == plan_document(view.terms);
  for (const auto& one : taken) view.history.emplace_back(one.at, one.terms);
  return tenant_plan_report(view);
}

}  // namespace

void add_plan(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("plan", "gives a tenant another plan, and shows what it has agreed to");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl plan set acme professional");

  auto [set_sub, set_args] =
      add_command<SetPlanArgs>(*group, "set", "gives it another plan, or today's terms of its own: limits, price, its login's limits",
                               "tenantctl plan set acme professional --reason \"ordered on the phone\"", chosen, set_plan);
  add_tenant(*set_sub, set_args->tenant);
  set_sub->add_option("plan", set_args->plan, "the plan's name")->required()->type_name("PLAN");
  set_sub->add_option("--reason", set_args->orders.reason, "why, for the audit log")->type_name("TEXT");
  set_sub->add_flag("--force", set_args->orders.force, "also where it uses more than the plan allows");
  set_sub->add_flag("--dry-run", set_args->orders.dry_run, "only show what would change");
  add_lock_wait(*set_sub, set_args->orders.lock_wait);
  auto [show_sub, show_args] = add_command<TenantPlanArgs>(*group, "show", "shows the terms that it has, and the plans that it had",
                                                           "tenantctl plan show acme", chosen, show_tenant_plan);
  add_tenant(*show_sub, show_args->tenant);
}

}  // namespace tenantctl
