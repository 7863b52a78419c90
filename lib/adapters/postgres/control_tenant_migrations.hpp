// Which migrations tenants are known to have, in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/migration_store.hpp"

namespace tenantctl::postgres {

class ControlTenantMigrations final : public MigrationStore {
 public:
  explicit ControlTenantMigrations(ControlSession& session) : session_(session) {}

  Result<std::vector<MigrationSpread>> spread(const std::string& stack) override;
  Result<std::vector<MigrationCandidate>> behind(const MigrationFilter& filter, const std::string& fingerprint) override;
  Result<KnownMigrations> look(const TenantId& tenant) override;
  Result<void> note(const MigrationNote& note) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
