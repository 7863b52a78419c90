#include "adapters/system/system_clock.hpp"

namespace tenantctl {

Instant SystemClock::now() const { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace tenantctl
