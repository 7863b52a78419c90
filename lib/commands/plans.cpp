// `plans list|show|validate`.
#include <fmt/format.h>

#include "commands/registry.hpp"
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
}

}  // namespace tenantctl
