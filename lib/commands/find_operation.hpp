// Which operation `resume` and `rollback` mean, when they are given an id, a tenant, or nothing.
#pragma once
#include <string>

#include "commands/services.hpp"

namespace tenantctl {

enum class Wanted { unfinished, undoable };

/// By id; by a tenant's slug, code or id: its newest unfinished operation, or, where none is unfinished, its newest that
/// ended, so that a repeated command is a success without effect; empty: the only unfinished operation there is.
/// Errors: operation_not_found, state_conflict where an empty name would be ambiguous.
Result<Operation> find_operation(const std::string& name, Wanted wanted, ControlPlane& control);

}  // namespace tenantctl
