// What `doctor` does over the ports: looks at the whole world, reads the control database, and removes one orphan. What it
// sees is judged by pipeline/inventory_comparison.hpp.
#pragma once
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "pipeline/inventory_comparison.hpp"
#include "views/doctor.hpp"

namespace tenantctl {

struct Look {
  World world;
  std::vector<HealthCheck> failures;  // places that could not be looked at
  std::vector<std::string> notes;
};

/// Every server, nginx's folder and every folder of credentials; one that can't be looked at keeps none of the others back.
Look look_at_world(const Settings& settings, Services& services);

/// Errors: control_unreachable, sql_failed.
Result<Records> read_records(ControlPlane& control);

/// Removes it, where it is still ours and, its tenant being known, still explained by nothing now that its lock is held.
/// Errors: locked; state_conflict (explained meanwhile); foreign_object; what the port says.
Result<void> remove_orphan(const Orphan& orphan, ControlPlane& control, Services& services);

}  // namespace tenantctl
