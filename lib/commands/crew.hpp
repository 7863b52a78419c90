// Threads that take jobs out of the control database and make tenants of them, beside those of other processes. Rows that are
// being made are always finished or undone; those that are not begun are given back.
#pragma once
#include <optional>

#include "commands/services.hpp"

namespace tenantctl {

struct CrewOrders {
  std::optional<BatchId> batch = {};  // none: of every batch
  std::size_t threads = 1;            // each has services of its own
  bool stay = false;                  // go on waiting for new jobs, until a signal comes
};

struct CrewEnd {
  std::size_t succeeded = 0;  // of this process
  std::size_t failed = 0;
  std::optional<Error> stopped_by = {};  // a signal, or what kept it from going on
};

/// Returns when the batch is over, wherever its last rows were made, or when a signal came. A server or host that can't be reached
/// ends it too, unless it is to stay: its rows are given back and not failed.
CrewEnd work(const CrewOrders& orders, Services& services);

}  // namespace tenantctl
