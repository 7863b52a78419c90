// The report of `doctor`: what was checked, and what in the world and in the control database does not go together.
#pragma once
#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/inventory.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct UnfinishedLine {
  Unfinished unfinished;
  bool in_progress = false;  // a process holds the tenant's lock: nothing is wrong
};

struct DoctorDetails {
  std::vector<HealthCheck> checks;
  std::vector<Orphan> orphans;
  std::vector<Missing> missing;
  std::vector<UnfinishedLine> unfinished;
  std::vector<std::string> notes;  // nothing wrong, but worth knowing
  std::vector<Thing> removed;      // by --fix
  bool well() const;
};

/// Exit status 0 where all is well, that of check_failed otherwise.
Report doctor_report(const DoctorDetails& details);

}  // namespace tenantctl
