// The log that nginx writes for tenantctl, a line for each request: "2026-11-21T08:47:09+01:00 acme.yourapp.test". It is only read here;
// whose a host is, and how far the log was read before, is known elsewhere.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/instant.hpp"

namespace tenantctl {

struct RequestCount {
  std::string host;
  Day day;
  std::int64_t requests = 0;

  bool operator==(const RequestCount&) const = default;
};

struct CountedLines {
  std::vector<RequestCount> counts;  // by host and day
  std::size_t bytes = 0;             // that the whole lines take, from the beginning
  std::size_t unreadable = 0;        // lines that are no such line
};

/// What follows the last line's end is left for later.
CountedLines count_requests(std::string_view text);

}  // namespace tenantctl
