// A database server in memory. It keeps the promises of ports/database_server.hpp, and refuses what PostgreSQL refuses:
// a database without its owner, a role that still owns something.
#pragma once
#include <map>
#include <set>
#include <string>

#include "fakes/faults.hpp"
#include "ports/database_server.hpp"

namespace tenantctl::test {

class FakeDatabaseServer : public DatabaseServer {
 public:
  explicit FakeDatabaseServer(Faults& faults) : faults_(faults) {}

  struct Role {
    std::string tenant;  // its marker; empty: somebody else's
    bool may_log_in = false;
    std::string password = {};
    RoleLimits limits = {};
  };
  struct Database {
    std::string owner;
    bool invalid = false;  // half made, or half dropped
    bool open = false;     // closed to PUBLIC, open to its login
    std::string made_from = {};
    std::map<std::string, std::string> settings = {};
  };
  std::map<std::string, Role> roles;
  std::map<std::string, Database> databases;  // by TenantDatabase::place: schemas of shared databases too
  std::vector<MadeOf> settings_written_for;   // each time
  std::set<std::string> templates;
  std::set<std::string> half_templates;  // what killed builders left

  void begin(const Claim&) override {}  // there is one process: the fake journal's fence is enough
  Result<ServerInfo> server_info() override;
  Result<ServerUsage> usage() override;
  Result<DatabaseName> ensure_template(const TemplateSource& source) override;
  Result<Observed> observe_roles(const TenantDatabase& names) override;
  Result<void> create_roles(const TenantDatabase& names, const RoleLimits& limits) override;
  Result<RoleLimits> limits(const TenantDatabase& names) override;
  Result<void> set_limits(const TenantDatabase& names, const RoleLimits& limits) override;
  Result<void> drop_roles(const TenantDatabase& names) override;
  Result<Observed> observe_database(const TenantDatabase& names) override;
  Result<DatabaseName> create_database(const TenantDatabase& names, const TemplateSource& source) override;
  Result<void> drop_database(const TenantDatabase& names) override;
  Result<Observed> observe_access(const TenantDatabase& names) override;
  Result<void> grant_access(const TenantDatabase& names) override;
  Result<void> write_settings(const TenantDatabase& names, const std::map<std::string, std::string>& settings, MadeOf made_of) override;
  Result<void> update_settings(const TenantDatabase& names, const SettingsUpdate& update) override;
  Result<std::map<std::string, std::string>> read_settings(const TenantDatabase& names) override;
  Result<void> enable_login(const TenantDatabase& names, const Secret& password) override;
  Result<void> set_password(const TenantDatabase& names, const Secret& password) override;
  Result<void> disable_login(const TenantDatabase& names) override;
  Result<Observed> observe_login(const TenantDatabase& names) override;
  Result<void> suspend_login(const TenantDatabase& names) override;
  Result<void> activate_login(const TenantDatabase& names) override;
  Result<ServerInventory> inventory() override;
  Result<std::vector<std::string>> open_doors(const DatabaseName&) override { return std::vector<std::string>{}; }
  Result<DatabaseName> template_name(const TemplateSource& source) const override;
  Result<void> drop_half_template(const DatabaseName& name) override;
  ServerAddress address() const override { return {"127.0.0.1", 5432}; }

 private:
  Result<void> give_password(const TenantDatabase& names, const Secret& password);
  Observed look_at_roles(const TenantDatabase& names) const;
  Observed look_at_database(const TenantDatabase& names) const;
  Result<void> let_log_in(const TenantDatabase& names, bool may);
  /// The tenant's own usable database. Errors: sql_failed.
  Result<Database*> usable(const TenantDatabase& names);

  Faults& faults_;
};

}  // namespace tenantctl::test
