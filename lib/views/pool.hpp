// Reports about databases and sites made ahead of time.
#pragma once
#include <string>
#include <vector>

#include "core/error.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// One stack's pool.
struct PoolLine {
  std::string stack;
  int size = 0;  // as it is to be
  int low_water = 0;
  int ready = 0;  // to be handed out today
  int filling = 0;
  int claimed = 0;
  int stale = 0;  // of an older template, or draining: never handed out
};
/// Ends with 0 whatever it says.
Report pool_report(const std::vector<PoolLine>& lines);

/// What `pool fill` or `pool drain` came to. Ends with 1 where anything failed.
Report pool_done_report(std::size_t filled, std::size_t dropped, const std::vector<Error>& errors);

}  // namespace tenantctl
