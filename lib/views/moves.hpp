// What `move` did.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/tenant.hpp"
#include "views/operations.hpp"

namespace tenantctl {

struct Moved {
  Tenant tenant;                                       // as it is now
  std::string from;                                    // the server
  std::string operation = {};                          // empty: it was there already, and nothing was done
  std::string backup = {};                             // its id
  std::string kept = {};                               // what its database on the old server is called now; empty: it was dropped
  std::optional<std::chrono::milliseconds> down = {};  // for how long nobody reached it; empty: nobody could anyway
  std::string login = {};
  std::optional<std::string> password = {};  // the login's new one, where no file has it
  std::vector<StepLine> steps = {};
};
Report moved_report(const Moved& moved);

}  // namespace tenantctl
