// `operations list|show`: the journal, for people who want to know what happened.
#include "views/operations.hpp"
#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct ListOperationsArgs {
  OperationFilter filter;
};

Result<Report> list_operations(const ListOperationsArgs& args, Services& services) {
  TRY_ASSIGN(const auto control, services.control());
  TRY_ASSIGN(const auto operations, control.operations.list(args.filter));
  return operation_list_report(operations);
}

struct ShowOperationArgs {
  std::string id;
};

Result<Report> show_operation(const ShowOperationArgs& args, Services& services) {
  TRY_ASSIGN(const auto id, OperationId::parse(args.id));
  TRY_ASSIGN(const auto control, services.control());
  TRY_ASSIGN(const auto operation, control.operations.find(id));
  TRY_ASSIGN(const auto events, control.journal.events(id));
  return operation_report(operation, events);
}

}  // namespace

void add_operations(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("operations", "shows what was done, step by step");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl operations list --unfinished");
  auto [list_sub, list_args] = add_command<ListOperationsArgs>(*group, "list", "lists operations, newest first",
                                                               "tenantctl operations list --tenant acme", chosen, list_operations);
  list_sub->add_option("--tenant", list_args->filter.slug, "only those of this tenant (its slug)")->type_name("SLUG");
  list_sub->add_flag("--unfinished", list_args->filter.only_unfinished, "only those that can be resumed or rolled back");
  list_sub->add_option("--limit", list_args->filter.limit, "how many at the most")->check(CLI::Range(1, 10000))->capture_default_str();
  auto [show_sub, show_args] =
      add_command<ShowOperationArgs>(*group, "show", "shows one operation with every step, its time and its error",
                                     "tenantctl operations show 7f3a1c52-9a1e-4b27-8d55-0c1f6e1b2a90", chosen, show_operation);
  show_sub->add_option("operation", show_args->id, "its id")->required()->type_name("OPERATION");
}

}  // namespace tenantctl
