// The table of old copies in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/old_copy_store.hpp"

namespace tenantctl::postgres {

class ControlOldCopies final : public OldCopyStore {
 public:
  explicit ControlOldCopies(ControlSession& session) : session_(session) {}

  Result<std::vector<OldCopy>> list(const std::optional<TenantId>& tenant) override;
  Result<void> forget(const TenantId& tenant, const std::string& server, const AuditEntry& entry) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
