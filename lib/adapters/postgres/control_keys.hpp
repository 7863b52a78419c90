// API keys in the control database; of their secrets it holds hashes.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/api_key_store.hpp"

namespace tenantctl::postgres {

class ControlKeys final : public ApiKeyStore {
 public:
  explicit ControlKeys(ControlSession& session) : session_(session) {}

  Result<void> add(const ApiKey& key, const AuditEntry& audit) override;
  Result<std::vector<ApiKey>> list(const TenantId& tenant) override;
  Result<std::optional<ApiKey>> find(const ApiKeyId& id) override;
  Result<void> rotate(const Rotation& rotation, const AuditEntry& audit) override;
  Result<void> revoke(const ApiKeyId& id, const AuditEntry& audit) override;
  Result<void> touch(const ApiKeyId& id) override;
  Result<void> rehearse(const std::function<Result<void>()>& scene) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
