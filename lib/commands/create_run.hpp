// What `create`, `resume` and `rollback` share: a create's pipeline over the services, and the way its outcome becomes a
// report or an error with the right exit status.
#pragma once
#include <memory>

#include "commands/services.hpp"
#include "pipeline/create_pipeline.hpp"
#include "pipeline/engine.hpp"

namespace tenantctl {

/// A create's pipeline with everything that it refers to.
struct CreateRun {
  CreatePlan plan;
  IssuedPassword issued;
  Pipeline pipeline;
};

/// The pipeline for a plan, with today's connections and the plan's own names. Errors: config_invalid where the plan's server
/// or stack is no longer configured; server_unreachable.
Result<std::unique_ptr<CreateRun>> prepare_create(CreatePlan plan, Services& services);

/// Tells everything that the pipeline works through whose operation it works for, so that once another process has taken it
/// over, nothing changes any more. Before the engine runs. Errors: as prepare_create.
Result<void> claim_effects(const CreatePlan& plan, const OperationTicket& ticket, ControlPlane& control, Services& services);

/// The plan that an operation was opened with. Errors: state_conflict where this version can't continue it.
Result<CreatePlan> plan_of(const Operation& operation);

/// The error that an outcome other than success ends the command with: the cause where it was all undone, in the terms of
/// its exit status (1 where something had been done before, else the cause's own), or rollback_incomplete with the list.
Error error_of(const Outcome& outcome, const OperationTicket& ticket);

Engine make_engine(ControlPlane& control, Services& services);

}  // namespace tenantctl
