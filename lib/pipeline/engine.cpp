#include "pipeline/engine.hpp"

#include <fmt/format.h>

#include "core/interrupt.hpp"
#include "pipeline/execution.hpp"
#include "pipeline/failpoint.hpp"

namespace tenantctl {

Engine::Engine(Journal& journal, Progress& progress, Interrupted interrupted)
    : journal_(journal), progress_(progress), interrupted_(std::move(interrupted)) {}

Result<Outcome> Engine::run(const OperationTicket& ticket, Pipeline& pipeline, const TenantEnds& ends, OnFailure on_failure) {
  failpoint("open", CrashPoint::after_mark);
  Execution execution(journal_, progress_, ticket, pipeline);
  TRY(execution.read_journal());
  TRY_ASSIGN(const auto cause, execution.go_forward(interrupted_));
  if (!cause) return execution.close(OperationState::succeeded, ends.on_success);
  if (execution.is_past_return() || (on_failure == OnFailure::keep && !is_interrupt(cause->code)))
    return fail(execution.leave_as_it_is(*cause));
  return execution.go_backward(*cause, ends);
}

Result<Outcome> Engine::undo(const OperationTicket& ticket, Pipeline& pipeline, const Error& cause, const TenantEnds& ends) {
  Execution execution(journal_, progress_, ticket, pipeline);
  TRY(execution.read_journal());
  if (execution.is_past_return()) {
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("operation {} is past the point of no return: it can only be finished", ticket.id.str()))
                    .with_hint(fmt::format("run \"tenantctl resume {}\"", ticket.id.str()))
                    .with_operation(ticket.id.str()));
  }
  return execution.go_backward(cause, ends);
}

}  // namespace tenantctl
