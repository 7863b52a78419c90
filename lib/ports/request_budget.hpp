// A share of what an outside service takes from all our processes together.
#pragma once
#include <chrono>
#include <string>

#include "core/result.hpp"

namespace tenantctl {

/// At most `burst` at once, and `burst` plus what `every` allows within any time after.
struct RequestRate {
  int burst = 300;
  std::chrono::milliseconds every{334};
};

class RequestBudget {
 public:
  virtual ~RequestBudget() = default;
  // Errors of both: control_unreachable, sql_failed.

  /// Takes one request, and says how long to wait before it may be sent: whoever comes later waits longer.
  virtual Result<std::chrono::milliseconds> take(const std::string& name, const RequestRate& rate) = 0;
  /// The service wants none for so long.
  virtual Result<void> hold(const std::string& name, const RequestRate& rate, std::chrono::seconds pause) = 0;
};

}  // namespace tenantctl
