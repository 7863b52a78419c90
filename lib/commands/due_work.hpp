// What a cron command does to all who are due, several at once and each by itself. It knows nothing of what the work is.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

/// What became of one of them.
struct DueEnd {
  std::size_t which = 0;
  std::optional<Error> failure = {};
  bool is_held = false;  // by another operation, which may be at just this
};

struct DueEnds {
  std::vector<DueEnd> ends;              // of those that were begun, but for those that needed nothing any more; in no order
  std::optional<Error> stopped_by = {};  // why the others were not begun
};

/// Calls `work` for each below `count`, from at most `jobs` threads, with services for that thread. It tells whether anything was left to
/// do: another process may have been faster. One that fails keeps none of the others back, unless nothing can be done any more: at a
/// signal, and where the control database is out of reach.
DueEnds work_off(std::size_t count, std::size_t jobs, const std::function<Result<bool>(std::size_t, Services&)>& work, Services& services);

}  // namespace tenantctl
