// The report of `doctor`: what was checked, and what in the world and in the control database does not go together.
#pragma once
#include <string>
#include <vector>

#include "core/inventory.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct CheckLine {
  enum class Result { ok, failed, skipped };  // skipped: could not be told, because of another that failed
  std::string name;
  Result result = Result::ok;
  std::string detail = {};  // what was found, or why it failed
  std::string hint = {};
};

struct UnfinishedLine {
  Unfinished unfinished;
  bool in_progress = false;  // a process holds the tenant's lock: nothing is wrong
};

struct DoctorDetails {
  std::vector<CheckLine> checks;
  std::vector<Orphan> orphans;
  std::vector<Missing> missing;
  std::vector<UnfinishedLine> unfinished;
  std::vector<std::string> notes;   // nothing wrong, but worth knowing
  std::vector<Thing> removed;       // by --fix
  bool well() const;
};

/// Exit status 0 where all is well, that of check_failed otherwise.
Report doctor_report(const DoctorDetails& details);

}  // namespace tenantctl
