// What moves have left on the servers that tenants came from, until it is dropped.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/audit.hpp"
#include "core/old_copy.hpp"
#include "core/result.hpp"

namespace tenantctl {

class OldCopyStore {
 public:
  virtual ~OldCopyStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// Of that tenant, or of all, the oldest first.
  virtual Result<std::vector<OldCopy>> list(const std::optional<TenantId>& tenant) = 0;
  /// Once it is gone, or is to be nobody's business any more; the entry is written with it. Forgotten already: success, and no entry.
  virtual Result<void> forget(const TenantId& tenant, const std::string& server, const AuditEntry& entry) = 0;
};

}  // namespace tenantctl
