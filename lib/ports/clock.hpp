// The time of day. Everything that asks what time it is asks this, so that tests can say.
#pragma once
#include "core/instant.hpp"

namespace tenantctl {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

}  // namespace tenantctl
