// `plans list|show|validate|apply`.
#include <fmt/format.h>

#include "commands/plan_change.hpp"
#include "commands/registry.hpp"
#include "core/interrupt.hpp"
#include "views/plans.hpp"

namespace tenantctl {
namespace {

struct ListPlansArgs {};

Result<Report> list_plans(const ListPlansArgs&, Services& services) {
  TRY_ASSIGN(const auto* catalog, services.plans());
  return plan_list_report(catalog->all());
}

struct ShowPlanArgs {
  std::string plan;
};

Result<Report> show_plan(const ShowPlanArgs& args, Services& services) {
  TRY_ASSIGN(const auto* catalog, services.plans());
  TRY_ASSIGN(const auto* plan, catalog->find(args.plan));
  return plan_report(*plan);
}

struct ValidateArgs {
  std::string file;
};

Result<Report> validate(const ValidateArgs& args, Services& services) {
  TRY_ASSIGN(const auto text, services.read_file(args.file));
  TRY_ASSIGN(const auto catalog, PlanCatalog::parse(args.file, text));
  return Report{.text = fmt::format("{}: {} plans, all good\n", args.file, catalog.all().size()),
                .document = {{"file", args.file}, {"plans", catalog.all().size()}, {"valid", true}}};
}

struct ApplyPlanArgs {
  std::string plan;
  PlanOrders orders;
};

/// One that can't be changed keeps none of the others back.
Result<std::vector<PlanChangeView>> change_all(const std::vector<Subscriber>& subscribers, const Plan& to, const PlanOrders& orders,
                                               Services& services) {
  std::vector<PlanChangeView> views;
  const auto stop = [&](Error why) -> Result<std::vector<PlanChangeView>> {
    for (const auto& view : views)
      services.progress().note(fmt::format("{}: {}", view.slug, view.failure.empty() ? "changed" : "failed: " + view.failure));
    return fail(std::move(why));
  };
  for (const auto& subscriber : subscribers) {
    if (auto stopped = services.interrupted()) return stop(std::move(*stopped));
    auto view = change_plan(subscriber.slug, to, orders, services);
    if (!view && (view.error().code == ErrorCode::control_unreachable || is_interrupt(view.error().code))) return stop(view.error());
    if (!view) view = PlanChangeView{.slug = subscriber.slug, .from = subscriber.terms, .to = to, .failure = full_message(view.error())};
    views.push_back(std::move(*view));
  }
  return views;
}

/// Tenants keep the terms that they signed up for until somebody says this.
Result<Report> apply_plan(const ApplyPlanArgs& args, Services& services) {
  TRY_ASSIGN(const auto* catalog, services.plans());
  TRY_ASSIGN(const auto* plan, catalog->find(args.plan));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto subscribers, control.terms.subscribers(args.plan));
  const auto today = plan_document(*plan);
  std::erase_if(subscribers, [&](const Subscriber& one) { return plan_document(one.terms) == today; });
  if (!args.orders.dry_run && !subscribers.empty())
    TRY(services.confirm(fmt::format("give {} tenants today's terms of plan \"{}\"?", subscribers.size(), args.plan)));
  TRY_ASSIGN(const auto views, change_all(subscribers, *plan, args.orders, services));
  return plan_changes_report(views, args.orders.dry_run);
}

}  // namespace

void add_plans(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("plans", "shows and checks subscription plans");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl plans show trial");
  add_command<ListPlansArgs>(*group, "list", "lists the plans", "tenantctl plans list", chosen, list_plans);
  auto [show_sub, show_args] =
      add_command<ShowPlanArgs>(*group, "show", "shows one plan with its limits", "tenantctl plans show trial", chosen, show_plan);
  show_sub->add_option("plan", show_args->plan, "its name")->required()->type_name("PLAN");
  auto [validate_sub, validate_args] =
      add_command<ValidateArgs>(*group, "validate", "checks a plans file", "tenantctl plans validate plans.yaml", chosen, validate);
  validate_sub->add_option("file", validate_args->file, "the file")->required()->type_name("FILE");
  auto [apply_sub, apply_args] = add_command<ApplyPlanArgs>(
      *group, "apply", "gives the tenants of a plan its terms of today, asking first; they keep older ones otherwise",
      "tenantctl plans apply --plan starter --dry-run", chosen, apply_plan);
  apply_sub->add_option("--plan", apply_args->plan, "the plan's name")->required()->type_name("PLAN");
  apply_sub->add_option("--reason", apply_args->orders.reason, "why, for the audit log")->type_name("TEXT");
  apply_sub->add_flag("--force", apply_args->orders.force, "also those that use more than it allows");
  apply_sub->add_flag("--dry-run", apply_args->orders.dry_run, "only show who would change, and how");
}

}  // namespace tenantctl
