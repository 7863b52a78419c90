// What a process shows to the outside world while it works on an operation: its ticket, and a way to ask whether the ticket
// still counts. Adapters ask inside their critical sections; it takes nothing over and waits for nobody.
#pragma once
#include <functional>

#include "core/operation.hpp"
#include "core/result.hpp"

namespace tenantctl {

struct Claim {
  OperationTicket ticket;
  /// Errors: fenced where another process has taken the operation over; control_unreachable.
  std::function<Result<void>()> still_ours;
};

}  // namespace tenantctl
