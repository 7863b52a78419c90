// What a tenant is configured with, and everything that was ever changed in it: a version per tenant, raised by each change.
// The application has a copy of its own; the store only remembers which version that was last brought up to.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/audit.hpp"
#include "core/configuration_change.hpp"
#include "core/result.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

struct ConfigurationState {
  TenantConfiguration values;
  std::set<std::string> unset;  // keys that had a value once and have none now
  std::int64_t version = 0;     // 0: as the tenant was created
  std::int64_t given = 0;       // the version that the application's copy was last brought up to
};

/// One key of one tenant; `expected` is the version that it was read at.
struct ConfigurationEdit {
  TenantId tenant;
  std::int64_t expected = 0;
  std::string key;
  std::optional<std::string> to;  // empty: unset it
};

/// A tenant whose application has not got what is recorded.
struct ConfigurationLag {
  std::string slug;
  std::int64_t version = 0;
  std::int64_t given = 0;
};

class ConfigurationStore {
 public:
  virtual ~ConfigurationStore() = default;
  // Every function may fail with control_unreachable or sql_failed besides what it names.

  /// Errors: tenant_not_found.
  virtual Result<ConfigurationState> read(const TenantId& tenant) = 0;
  /// The new version. The value, its history and the entry of the audit log (to whose details "version" is added) are written
  /// together or not at all. Errors: state_conflict (the version is no longer the expected one; nothing was written);
  /// unfinished (the answer was lost, and whether it was written can't be found out).
  virtual Result<std::int64_t> change(const ConfigurationEdit& edit, const AuditEntry& audit) = 0;
  /// The application has `version` now. An older one than is known is no error and changes nothing.
  virtual Result<void> mark_given(const TenantId& tenant, std::int64_t version) = 0;
  /// Newest first; also of tenants that are no more. `before` 0: all versions, else smaller ones.
  virtual Result<std::vector<ConfigurationChange>> history(const TenantId& tenant, std::int64_t before, std::size_t limit) = 0;
  /// Active and suspended tenants, by slug.
  virtual Result<std::vector<ConfigurationLag>> lagging() = 0;
};

}  // namespace tenantctl
