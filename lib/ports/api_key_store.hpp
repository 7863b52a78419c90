// The API keys of tenants: what is needed to check one, and never what is needed to use one.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/api_key.hpp"
#include "core/audit.hpp"
#include "core/result.hpp"

namespace tenantctl {

struct Rotation {
  ApiKeyId key;
  SecretHash secret;          // the new one
  Instant old_lives_until{};  // the former one counts until then
};

class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;
  // Every function may fail with control_unreachable or sql_failed besides what it names. Those that change something write
  // the entry of the audit log with it.

  /// An id that is taken is sql_failed.
  virtual Result<void> add(const ApiKey& key, const AuditEntry& audit) = 0;
  /// Of one tenant, oldest first; revoked and expired ones too.
  virtual Result<std::vector<ApiKey>> list(const TenantId& tenant) = 0;
  /// Of any tenant; nothing where there is none of that id.
  virtual Result<std::optional<ApiKey>> find(const ApiKeyId& id) = 0;
  /// A secret that lived on from an earlier rotation counts no more. Errors: state_conflict (revoked meanwhile).
  virtual Result<void> rotate(const Rotation& rotation, const AuditEntry& audit) = 0;
  /// Revoked already: success, and no entry.
  virtual Result<void> revoke(const ApiKeyId& id, const AuditEntry& audit) = 0;
  /// Notes that the key was used now, at most once a minute: a check is to stay cheap.
  virtual Result<void> touch(const ApiKeyId& id) = 0;
  /// Calls `scene`; whatever it does by this store is taken back then, its entries of the audit log too.
  virtual Result<void> rehearse(const std::function<Result<void>()>& scene) = 0;
};

}  // namespace tenantctl
