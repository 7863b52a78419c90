// What the commands that run operations share: an operation's pipeline over the services, whatever its kind, and the way its
// outcome becomes a report or an error with the right exit status.
#pragma once
#include <memory>

#include "commands/services.hpp"
#include "pipeline/create_pipeline.hpp"
#include "pipeline/domain_plan.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/life_plan.hpp"
#include "pipeline/move_plan.hpp"
#include "pipeline/plan_change.hpp"
#include "pipeline/restore_plan.hpp"

namespace tenantctl {

/// Of the operations that make databases ahead of time.
inline constexpr std::string_view k_fill_kind = "pool_fill";
inline constexpr int k_fill_pipeline_version = 1;

/// A pipeline with everything that it refers to.
struct OperationRun {
  CreatePlan plan;  // of the tenant, as its create made it
  TenantEnds ends;
  std::string says;  // of its good end: "the tenant is live"
  IssuedPassword issued = {};
  std::vector<std::unique_ptr<Archiver>> archivers = {};  // of those that make or read a backup
  std::vector<DatabaseServer*> more_servers = {};         // that it changes besides the plan's
  DnsZone* zone = nullptr;                                // that it changes; empty: none
  Pipeline pipeline = {};
  std::shared_ptr<const bool> is_on = std::make_shared<const bool>(true);  // for its claim, which ends with it
};

/// With today's connections and the plan's own names. Errors: config_invalid where the plan's server or stack is no longer
/// configured; server_unreachable.
Result<std::unique_ptr<OperationRun>> prepare_create(CreatePlan plan, Services& services);
Result<std::unique_ptr<OperationRun>> prepare_life(const LifePlan& plan, Services& services);
Result<std::unique_ptr<OperationRun>> prepare_restore(const RestorePlan& plan, Services& services);
Result<std::unique_ptr<OperationRun>> prepare_move(const MovePlan& plan, Services& services);
Result<std::unique_ptr<OperationRun>> prepare_domain(const DomainPlan& plan, Services& services);
Result<std::unique_ptr<OperationRun>> prepare_plan_change(const PlanChange& change, Services& services);
/// A database for the pool; `plan` has a pool_template.
Result<std::unique_ptr<OperationRun>> prepare_fill(CreatePlan plan, Services& services);
/// Of any kind, as it was opened. Errors: as prepare_create; state_conflict where this version can't continue it.
Result<std::unique_ptr<OperationRun>> prepare(const Operation& operation, Services& services);

/// Of the stack of that plan, which has its `frappe`. Errors: state_conflict where the stack is on another host by now; config_invalid.
Result<FrappeBench*> bench_of(const CreatePlan& plan, Services& services);
/// The same bench, to look at and no more. Errors: as bench_of.
Result<std::unique_ptr<SiteDoors>> site_doors_of(const CreatePlan& plan, Services& services);

/// Tells everything that the pipeline works through whose operation it works for, so that once another process has taken it
/// over, nothing changes any more. Before the engine runs. Once `run` is gone, nobody asks for it any more. Errors: as prepare_create.
Result<void> claim_effects(OperationRun& run, const OperationTicket& ticket, ControlPlane& control, Services& services);

/// The tenant's plan that an operation of any kind holds. Errors: state_conflict where this version can't continue it.
Result<CreatePlan> plan_of(const Operation& operation);

/// What a tenant was made with: names of roles, its site, its files; on the server where it is now, and with what its plan says now.
/// Errors: operation_not_found; state_conflict where it is between two servers; and as plan_of.
Result<CreatePlan> plan_of_tenant(const Tenant& tenant, ControlPlane& control);

/// Of a tenant that is active, suspended or cancelled: its data is there as a whole. `what` as in "back up". Errors: state_conflict.
Result<void> check_has_data(const Tenant& tenant, std::string_view what);
/// This version knows no archives of Frappe sites. `what` as in "back up". Errors: state_conflict, with bench's own way.
Result<void> check_no_site(const CreatePlan& plan, std::string_view what);

/// An operation that has succeeded.
struct Done {
  OperationTicket ticket;
  std::vector<StepTiming> steps;
};
/// Opens the operation on a tenant that still has the status `seen`, and runs it to its good end. Whatever else it comes to is the
/// error; see error_of.
Result<Done> carry_out(OperationRun& run, const Operation& operation, TenantStatus seen, ControlPlane& control, Services& services);
/// The same of one that is opened already.
Result<Done> carry_on(OperationRun& run, OperationTicket ticket, ControlPlane& control, Services& services);

Result<OperationId> new_operation_id(Services& services);
/// One on the tenant of that plan, by whoever runs this command; its kind, version and parameters are the caller's to set.
Result<Operation> new_operation(const CreatePlan& plan, Services& services);
Operation operation_of(OperationId id, const CreatePlan& plan, Services& services);

/// The error that an outcome other than success ends the command with: the cause where it was all undone, in the terms of
/// its exit status (1 where something had been done before, else the cause's own), or rollback_incomplete with the list.
Error error_of(const Outcome& outcome, const OperationTicket& ticket);

Engine make_engine(ControlPlane& control, Services& services);

}  // namespace tenantctl
