// The computer's clock: the one place that reads the time of day. It never waits.
#pragma once
#include "ports/clock.hpp"

namespace tenantctl {

class SystemClock : public Clock {
 public:
  Instant now() const override;
};

}  // namespace tenantctl
