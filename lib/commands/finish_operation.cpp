#include "commands/finish_operation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/held_tenant.hpp"

namespace tenantctl {
namespace {

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

/// What began it: "suspend acme", "domain add acme shop.acme-corp.example".
std::string command_of(const Operation& operation) {
  if (operation.kind == k_fill_kind) return "pool fill";
  auto verb = operation.kind;
  std::ranges::replace(verb, '_', ' ');
  const auto more = operation.parameters.value("domain", operation.parameters.value("to_plan", std::string()));
  return fmt::format("{} {}{}{}", verb, operation.slug, more.empty() ? "" : " ", more);
}

}  // namespace

Result<Taken> take_operation(const Operation& found, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto slug, TenantSlug::parse(found.slug));
  TRY_ASSIGN(auto lock, lock_tenant(slug, lock_wait, control, services));
  TRY_ASSIGN(auto operation, control.operations.find(found.id));
  TRY_ASSIGN(auto run, prepare(operation, services));
  TRY_ASSIGN(auto ticket, control.operations.take_over(operation.id, services.actor()));
  TRY(claim_effects(*run, ticket, control, services));
  return Taken{.lock = std::move(lock), .operation = std::move(operation), .ticket = std::move(ticket), .run = std::move(run)};
}

Result<OperationEnd> undo_operation(Taken& taken, const Error& cause, ControlPlane& control, Services& services) {
  auto engine = make_engine(control, services);
  TRY_ASSIGN(const auto outcome, engine.undo(taken.ticket, taken.run->pipeline, cause, taken.run->ends));
  if (outcome.state != OperationState::undone) return fail(error_of(outcome, taken.ticket));
  return end_of(taken, outcome,
                taken.operation.kind == "create" || taken.operation.kind == k_fill_kind ? "undone, nothing is left"
                                                                                        : "undone, the tenant is as it was",
                control);
}

Result<OperationEnd> finish_operation(const Operation& found, const std::string& lock_wait, ControlPlane& control, Services& services) {
  if (found.state == OperationState::succeeded) return OperationEnd{.operation = found, .says = "had succeeded already"};
  if (found.state == OperationState::undone) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("operation {} was undone", found.id.str()))
                    .with_hint(fmt::format("run \"tenantctl {}\" to begin anew", command_of(found)))
                    .with_operation(found.id.str()));
  }
  TRY_ASSIGN(auto taken, take_operation(found, lock_wait, control, services));
  return finish_taken(taken, control, services);
}

Result<OperationEnd> finish_taken(Taken& taken, ControlPlane& control, Services& services) {
  if (is_finished(taken.operation.state)) return finish_operation(taken.operation, "", control, services);  // which is to say how
  if (taken.operation.state != OperationState::running) return undo_operation(taken, recorded_cause(taken.operation), control, services);
  auto engine = make_engine(control, services);
  TRY_ASSIGN(const auto outcome, engine.run(taken.ticket, taken.run->pipeline, taken.run->ends, OnFailure::undo));
  if (outcome.state != OperationState::succeeded) return fail(error_of(outcome, taken.ticket));
  auto end = end_of(taken, outcome, "finished, " + taken.run->says, control);
  if (const auto& issued = taken.run->issued.password) end.password = issued->reveal();
  return end;
}

}  // namespace tenantctl
