// Tenants of a database that they share, for tests on the tests' own cluster: their names, what an application of theirs sees,
// and what an administrator sees.
#pragma once
#include <string>

#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

namespace tenantctl::test {

inline constexpr const char* k_schema_password = "canary-91c3b7a0d4";
inline const std::string k_shared = "schemas_shared";

inline Session root_in(const std::string& database = k_shared) { return session(PostgresCluster::shared().url(database)); }

inline TenantDatabase new_names(const std::string& shared = k_shared) { return contract_names(next_number(), 0, shared); }

/// A whole tenant that can log in.
inline TenantDatabase tenant_in(PostgresServer& server, const std::string& shared = k_shared) {
  const auto names = new_names(shared);
  make_tenant(server, names);
  REQUIRE_OK(server.write_settings(names, {{"company", "of " + names.login.str()}}, MadeOf::files));
  REQUIRE_OK(server.enable_login(names, Secret(k_schema_password)));
  return names;
}

inline Session as_tenant(const TenantDatabase& names) {
  return session(PostgresCluster::shared().tcp_url(names.database.str(), names.login.str(), k_schema_password));
}

/// SCHEMA.OBJECT
inline std::string in(const TenantDatabase& names, const std::string& object) { return names.schema->str() + "." + object; }

}  // namespace tenantctl::test
