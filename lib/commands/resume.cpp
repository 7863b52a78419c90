// `resume` and `rollback`: what a crash, a failure or a change of mind left is finished or removed.
#include <fmt/format.h>

#include "commands/duration_options.hpp"
#include "commands/find_operation.hpp"
#include "commands/finish_operation.hpp"
#include "commands/registry.hpp"
#include "pipeline/restore_leftovers.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

struct ResumeArgs {
  std::string name;
  std::string lock_wait;
  bool all = false;
};

/// Those that others work on are passed over; the worst error is the command's.
Result<Report> resume_all(const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto operations, control.operations.list({.only_unfinished = true, .limit = 10'000}));
  std::vector<OperationEnd> ends;
  std::optional<Error> worst;
  for (const auto& operation : operations) {
    if (auto stop = services.interrupted()) {  // the engine would take it for a wish to undo what is next
      worst = std::move(stop);
      break;
    }
    auto end = finish_operation(operation, lock_wait, control, services);
    if (end) {
      ends.push_back(std::move(*end));
      continue;
    }
    services.progress().note(fmt::format("operation {} of \"{}\": {}", operation.id.str(), operation.slug, full_message(end.error())));
    if (end.error().code != ErrorCode::locked && !worst) worst = end.error();
  }
  if (worst && ends.empty()) return fail(*worst);
  auto report = operation_end_report(ends);  // in any case: it may have passwords that nobody will be told again
  if (worst) report.exit_status = info(worst->code).exit_status;
  return report;
}

Result<Report> resume(const ResumeArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  if (args.all) return resume_all(args.lock_wait, control, services);
  TRY_ASSIGN(const auto operation, find_operation(args.name, Wanted::unfinished, control));
  TRY_ASSIGN(auto end, finish_operation(operation, args.lock_wait, control, services));
  return operation_end_report({std::move(end)});
}

/// A role that owns a database can't go, and a create knows only of its own.
Result<void> drop_what_restores_kept(const Operation& create, Services& services) {
  TRY_ASSIGN(const auto plan, plan_of(create));
  if (plan.frappe) return {};
  TRY_ASSIGN(auto* server, services.server(plan.server.str()));
  return drop_restore_leftovers(plan.database, *server);
}

struct RollbackArgs {
  std::string name;
  std::string lock_wait;
};

/// What can be done about it instead.
std::string otherwise(const Operation& operation) {
  const auto& slug = operation.slug;
  if (operation.parameters.contains("domain")) return fmt::format("run \"tenantctl domain list {}\", then add or remove the domain", slug);
  if (operation.kind == to_string(TenantVerb::remove))
    return fmt::format("run \"tenantctl restore {0} --from newest --as-new NEW\" to make a new tenant of its last backup",
                       operation.tenant.str());
  if (operation.kind == k_move_kind)
    return fmt::format("run \"tenantctl move {} --to SERVER\" to bring it back with all that was written since", slug);
  if (operation.kind == k_plan_change_kind)
    return fmt::format("run \"tenantctl plan set {} {}\" to give it the plan before", slug,
                       operation.parameters.value("from_plan", std::string("PLAN")));
  if (operation.kind == "restore")
    return fmt::format("run \"tenantctl restore {} --from BACKUP\" to put another backup in the place of its data", slug);
  return fmt::format("run \"tenantctl activate {0}\" or \"tenantctl suspend {0}\" to change its state", slug);
}

/// Which verbs undo it, and which operation a rollback of the whole tenant would have to name.
Error finished_change(const Operation& operation, ControlPlane& control) {
  if (operation.kind == k_fill_kind) {
    return make_error(ErrorCode::state_conflict,
                      fmt::format("operation {} is finished: what it made waits in the pool, or is a tenant's", operation.id.str()))
        .with_hint("run \"tenantctl pool drain\" to drop what waits");
  }
  auto error = make_error(ErrorCode::state_conflict,
                          fmt::format("operation {} (\"{}\") is finished; of finished operations only a create can be rolled back",
                                      operation.id.str(), operation.kind))
                   .with_hint(otherwise(operation))
                   .with_operation(operation.id.str());
  if (operation.kind == to_string(TenantVerb::remove)) return error;
  if (const auto create = control.operations.find_create(operation.tenant))
    error.hint += fmt::format("; \"tenantctl rollback {}\" would drop the tenant and all its data", create->id.str());
  return error;
}

/// A create knows only of the server that it was made on.
Result<void> check_never_moved(const Operation& create, ControlPlane& control) {
  TRY_ASSIGN(const auto plan, plan_of(create));
  TRY_ASSIGN(const auto tenant, control.tenants.find(create.tenant.str()));
  TRY_ASSIGN(const auto copies, control.old_copies.list(create.tenant));
  if (!tenant.moving_to.empty()) {
    return fail(
        make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is on its way to server \"{}\"", create.slug, tenant.moving_to))
            .with_hint(fmt::format("run \"tenantctl resume {}\" first", create.slug)));
  }
  if (tenant.server == plan.server.str() && copies.empty()) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" was moved since, from server \"{}\" to \"{}\"", create.slug,
                                                                plan.server.str(), tenant.server))
                  .with_hint(fmt::format("run \"tenantctl delete {}\" to remove it and all its data", create.slug)));
}

/// Nor of a certificate that was asked for since.
Result<void> check_no_other_certificate(const Operation& create, ControlPlane& control) {
  TRY_ASSIGN(const auto plan, plan_of(create));
  TRY_ASSIGN(const auto certificates, control.certificates.list(create.tenant));
  for (const auto& certificate : certificates) {
    if (plan.certificate && plan.certificate->name() == certificate.order.name()) continue;
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("tenant \"{}\" has got a certificate for \"{}\" since", create.slug, certificate.order.name().str()))
                    .with_hint(fmt::format("run \"tenantctl delete {}\" to remove it and all its data", create.slug)));
  }
  return {};
}

/// Its undo takes away what it made, and would leave the rest.
Result<void> check_made_it_all(const Operation& create, ControlPlane& control) {
  TRY(check_never_moved(create, control));
  return check_no_other_certificate(create, control);
}

Result<Report> rollback(const RollbackArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto found, find_operation(args.name, Wanted::undoable, control));
  if (found.state == OperationState::undone) return operation_end_report({{.operation = found, .says = "had been undone already"}});
  if (found.state == OperationState::succeeded && found.kind != "create") { return fail(finished_change(found, control)); }
  if (found.state == OperationState::succeeded) {
    if (const auto tenant = control.tenants.find(found.tenant.str()); tenant && tenant->status == TenantStatus::deleted) {
      return fail(make_error(ErrorCode::state_conflict,
                             fmt::format("tenant \"{}\" was deleted since: nothing of its create is left to undo", found.slug))
                      .with_hint(fmt::format("run \"tenantctl show {}\"", found.tenant.str())));
    }
    TRY(check_made_it_all(found, control));
    const auto plan = plan_of(found);
    const auto* data = plan && plan->database.schema ? "schema" : "database";
    TRY(services.confirm(fmt::format("tenant \"{}\" is live; drop its {} and everything else of it?", found.slug, data)));
  }
  TRY_ASSIGN(auto taken, take_operation(found, args.lock_wait, control, services));
  if (taken.operation.state != found.state) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("operation {} has changed meanwhile: it is {} now", found.id.str(),
                                                                  to_string(taken.operation.state)))
                    .with_hint(fmt::format("run \"tenantctl operations show {}\"", found.id.str())));
  }
  if (found.state == OperationState::succeeded) TRY(check_made_it_all(found, control));  // nor while nobody had its lock
  if (found.state == OperationState::succeeded) TRY(drop_what_restores_kept(found, services));
  const auto cause = make_error(ErrorCode::operation_failed, fmt::format("rolled back by {}", services.actor().name));
  TRY_ASSIGN(auto end, undo_operation(taken, cause, control, services));
  return operation_end_report({std::move(end)});
}

}  // namespace

void add_resume(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<ResumeArgs>(app, "resume", "finishes an unfinished operation", "tenantctl resume acme", chosen, resume);
  auto* name = sub->add_option("operation", args->name, "its id, or its tenant; may be left out where only one is unfinished")
                   ->type_name("OPERATION|SLUG");
  sub->add_flag("--all", args->all, "every unfinished operation that nobody works on")->excludes(name);
  add_lock_wait(*sub, args->lock_wait);
}

void add_rollback(CLI::App& app, Command& chosen) {
  auto [sub, args] =
      add_command<RollbackArgs>(app, "rollback", "undoes an unfinished or failed operation, or, asking first, a finished create",
                                "tenantctl rollback acme", chosen, rollback);
  sub->add_option("operation", args->name, "its id, or its tenant; may be left out where only one is unfinished")
      ->type_name("OPERATION|SLUG");
  add_lock_wait(*sub, args->lock_wait);
}

}  // namespace tenantctl
