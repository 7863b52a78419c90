// Goes on with an operation that another process began: takes it over, and finishes or undoes it.
#pragma once
#include <memory>
#include <string>

#include "commands/operation_run.hpp"
#include "views/operations.hpp"

namespace tenantctl {

/// An operation that is ours to go on with: locked, taken over, its pipeline rebuilt from what was recorded.
struct Taken {
  std::unique_ptr<TenantLock> lock;
  Operation operation;  // as it is now that nobody else can change it
  OperationTicket ticket;
  std::unique_ptr<OperationRun> run;
};

/// `lock_wait`: a duration; empty: not at all. Errors: locked; operation_not_found; those of prepare.
Result<Taken> take_operation(const Operation& found, const std::string& lock_wait, ControlPlane& control, Services& services);

/// Errors: those of error_of.
Result<OperationEnd> undo_operation(Taken& taken, const Error& cause, ControlPlane& control, Services& services);

/// As finish_operation, of one that is held.
Result<OperationEnd> finish_taken(Taken& taken, ControlPlane& control, Services& services);

/// Finishes what is running, and goes on undoing what had been turned back. One that has succeeded already is success.
/// Errors: state_conflict where it was undone; those of take_operation and error_of.
Result<OperationEnd> finish_operation(const Operation& found, const std::string& lock_wait, ControlPlane& control, Services& services);

}  // namespace tenantctl
