// Who did what and when, for ever: entries are appended and never changed or removed. It holds no secret.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/audit.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// All that is given must hold.
struct AuditFilter {
  std::string slug = {};  // empty: any
  std::optional<TenantId> tenant = {};
  std::optional<Instant> since = {};  // not before
  std::optional<Instant> until = {};  // before
  std::int64_t before = 0;            // only entries with a smaller id; 0: all
  std::size_t limit = 100;
};

struct AuditPage {
  std::vector<AuditEntry> entries;  // newest first
  bool more = false;                // older ones match too
};

class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// For what changed something outside the control database. What changes that itself writes its entry with the change.
  /// The entry's id and time are set by the log. Errors: control_unreachable, sql_failed.
  virtual Result<void> append(const AuditEntry& entry) = 0;
  /// Errors: control_unreachable, sql_failed.
  virtual Result<AuditPage> list(const AuditFilter& filter) = 0;
};

}  // namespace tenantctl
