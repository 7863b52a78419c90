// `resume` and `rollback`: what a crash, a failure or a change of mind left is finished or removed.
#include <fmt/format.h>

#include <algorithm>

#include "commands/find_operation.hpp"
#include "commands/lock_wait.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

/// An operation that is ours to go on with: locked, taken over, its pipeline rebuilt from what was recorded.
struct Taken {
  std::unique_ptr<TenantLock> lock;
  Operation operation;  // as it is now that nobody else can change it
  OperationTicket ticket;
  std::unique_ptr<OperationRun> run;
};

Result<Taken> take(const Operation& found, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto slug, TenantSlug::parse(found.slug));
  TRY_ASSIGN(auto lock, lock_tenant(slug, lock_wait, control, services));
  TRY_ASSIGN(auto operation, control.operations.find(found.id));
  TRY_ASSIGN(auto run, prepare(operation, services));
  TRY_ASSIGN(auto ticket, control.operations.take_over(operation.id, services.actor()));
  TRY(claim_effects(*run, ticket, control, services));
  return Taken{.lock = std::move(lock), .operation = std::move(operation), .ticket = std::move(ticket), .run = std::move(run)};
}

/// It has ended, whether or not the control database can be asked once more.
OperationEnd end_of(const Taken& taken, const Outcome& outcome, std::string says, ControlPlane& control) {
  auto now = control.operations.find(taken.operation.id);
  auto operation = taken.operation;
  if (now) operation = std::move(*now);
  operation.state = outcome.state;
  return OperationEnd{.operation = std::move(operation), .says = std::move(says)};
}

Error recorded_cause(const Operation& operation) {
  return make_error(ErrorCode::operation_failed, operation.error_message.empty() ? "it had been turned back" : operation.error_message);
}

Result<OperationEnd> undo(Taken& taken, const Error& cause, ControlPlane& control, Services& services) {
  auto engine = make_engine(control, services);
  TRY_ASSIGN(const auto outcome, engine.undo(taken.ticket, taken.run->pipeline, cause, taken.run->ends));
  if (outcome.state != OperationState::undone) return fail(error_of(outcome, taken.ticket));
  return end_of(taken, outcome, taken.operation.kind == "create" ? "undone, nothing is left" : "undone, the tenant is as it was", control);
}

/// What began it: "suspend acme", "domain add acme shop.acme-corp.example".
std::string command_of(const Operation& operation) {
  auto verb = operation.kind;
  std::ranges::replace(verb, '_', ' ');
  const auto domain = operation.parameters.value("domain", std::string());
  return fmt::format("{} {}{}{}", verb, operation.slug, domain.empty() ? "" : " ", domain);
}

Result<OperationEnd> finish(const Operation& found, const std::string& lock_wait, ControlPlane& control, Services& services) {
  if (found.state == OperationState::succeeded) return OperationEnd{.operation = found, .says = "had succeeded already"};
  if (found.state == OperationState::undone) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("operation {} was undone", found.id.str()))
                    .with_hint(fmt::format("run \"tenantctl {}\" to begin anew", command_of(found)))
                    .with_operation(found.id.str()));
  }
  TRY_ASSIGN(auto taken, take(found, lock_wait, control, services));
  if (is_finished(taken.operation.state)) return finish(taken.operation, lock_wait, control, services);
  if (taken.operation.state != OperationState::running) return undo(taken, recorded_cause(taken.operation), control, services);
  auto engine = make_engine(control, services);
  TRY_ASSIGN(const auto outcome, engine.run(taken.ticket, taken.run->pipeline, taken.run->ends, OnFailure::undo));
  if (outcome.state != OperationState::succeeded) return fail(error_of(outcome, taken.ticket));
  auto end = end_of(taken, outcome, "finished, " + taken.run->says, control);
  if (const auto& issued = taken.run->issued.password) end.password = issued->reveal();
  return end;
}

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
    auto end = finish(operation, lock_wait, control, services);
    if (end) {
      ends.push_back(std::move(*end));
      continue;
    }
    services.progress().note(fmt::format("operation {} of \"{}\": {}", operation.id.str(), operation.slug, full_message(end.error())));
    if (end.error().code != ErrorCode::locked && !worst) worst = end.error();
  }
  if (worst) return fail(*worst);
  return operation_end_report(ends);
}

Result<Report> resume(const ResumeArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  if (args.all) return resume_all(args.lock_wait, control, services);
  TRY_ASSIGN(const auto operation, find_operation(args.name, Wanted::unfinished, control));
  TRY_ASSIGN(auto end, finish(operation, args.lock_wait, control, services));
  return operation_end_report({std::move(end)});
}

struct RollbackArgs {
  std::string name;
  std::string lock_wait;
};

/// Which verbs undo it, and which operation a rollback of the whole tenant would have to name.
Error finished_change(const Operation& operation, ControlPlane& control) {
  const bool of_domain = operation.parameters.contains("domain");
  const auto otherwise = of_domain ? fmt::format("run \"tenantctl domain list {0}\", then add or remove the domain", operation.slug)
                                   : fmt::format("run \"tenantctl activate {0}\" or \"tenantctl suspend {0}\" to change its state", operation.slug);
  auto error = make_error(ErrorCode::state_conflict, fmt::format("operation {} (\"{}\") is finished; of finished operations only a create can be rolled back", operation.id.str(), operation.kind))
                   .with_hint(otherwise)
                   .with_operation(operation.id.str());
  if (const auto create = control.operations.find_create(operation.tenant)) error.hint += fmt::format("; \"tenantctl rollback {}\" would drop the tenant and all its data", create->id.str());
  return error;
}

Result<Report> rollback(const RollbackArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto found, find_operation(args.name, Wanted::undoable, control));
  if (found.state == OperationState::undone) return operation_end_report({{.operation = found, .says = "had been undone already"}});
  if (found.state == OperationState::succeeded && found.kind != "create") {
    return fail(finished_change(found, control));
  }
  if (found.state == OperationState::succeeded) {
    if (const auto tenant = control.tenants.find(found.tenant.str()); tenant && tenant->status == TenantStatus::deleted) {
      return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" was deleted since: nothing of its create is left to undo", found.slug)).with_hint(fmt::format("run \"tenantctl show {}\"", found.tenant.str())));
    }
    const auto plan = plan_of(found);
    const auto* data = plan && plan->database.schema ? "schema" : "database";
    TRY(services.confirm(fmt::format("tenant \"{}\" is live; drop its {} and everything else of it?", found.slug, data)));
  }
  TRY_ASSIGN(auto taken, take(found, args.lock_wait, control, services));
  if (taken.operation.state != found.state) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("operation {} has changed meanwhile: it is {} now", found.id.str(), to_string(taken.operation.state)))
                    .with_hint(fmt::format("run \"tenantctl operations show {}\"", found.id.str())));
  }
  const auto cause = make_error(ErrorCode::operation_failed, fmt::format("rolled back by {}", services.actor().name));
  TRY_ASSIGN(auto end, undo(taken, cause, control, services));
  return operation_end_report({std::move(end)});
}

}  // namespace

void add_resume(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<ResumeArgs>(app, "resume", "finishes an unfinished operation", "tenantctl resume acme", chosen, resume);
  auto* name = sub->add_option("operation", args->name, "its id, or its tenant; may be left out where only one is unfinished")->type_name("OPERATION|SLUG");
  sub->add_flag("--all", args->all, "every unfinished operation that nobody works on")->excludes(name);
  add_lock_wait(*sub, args->lock_wait);
}

void add_rollback(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<RollbackArgs>(app, "rollback", "undoes an unfinished or failed operation, or, asking first, a finished create",
                                               "tenantctl rollback acme", chosen, rollback);
  sub->add_option("operation", args->name, "its id, or its tenant; may be left out where only one is unfinished")->type_name("OPERATION|SLUG");
  add_lock_wait(*sub, args->lock_wait);
}

}  // namespace tenantctl
