// Which errors say that a signal asked the process to stop. Not which signals do: see apps/tenantctl/signals.hpp.
#pragma once
#include "core/error.hpp"

namespace tenantctl {

inline bool is_interrupt(ErrorCode code) {
  return code == ErrorCode::interrupted || code == ErrorCode::terminated || code == ErrorCode::interrupted_hangup;
}

}  // namespace tenantctl
