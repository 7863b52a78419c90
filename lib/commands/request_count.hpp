// Counts the requests in the log that nginx writes for tenantctl, each once: how far it came is kept with the counts. The log is on nginx's
// host and may be larger than memory. It is neither changed nor rotated here.
#pragma once
#include <chrono>
#include <functional>
#include <optional>

#include "ports/shell.hpp"
#include "ports/usage_store.hpp"

namespace tenantctl {

struct RequestsCounted {
  std::int64_t requests = 0;    // that were tenants'
  std::int64_t unreadable = 0;  // lines
};

struct RequestCounting {
  Shell& shell;  // of nginx's host
  UsageStore& usage;
  std::function<std::optional<Error>()> interrupted = [] { return std::nullopt; };
  /// A file that was rotated away is written to until nginx has heard of it. Of one that nothing has happened to for so long, its
  /// renaming included, that is over.
  std::chrono::seconds settled{10};
};

/// From where the last run ended to the end of the log, through files that were rotated away since. Errors: file_not_found (no such log; or
/// the file that was being read is gone: what is in the log now is counted by the next run); permission_denied, io_failed; those of nginx's
/// host; control_unreachable; interrupted, terminated, interrupted_hangup.
Result<RequestsCounted> count_new_requests(const LogName& log, const RequestCounting& counting);

}  // namespace tenantctl
