// The contract of a DatabaseServer, on PostgresServer: whoever it works as, and however it is reached.
#pragma once
#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

namespace tenantctl::test {

/// `server` works as `provisioner`. `shared`: the database in which tenants have a schema each; empty: they have databases.
inline void check_postgres_contract(PostgresServer& server, const Provisioner& provisioner, const std::string& shared = {}) {
  const auto planter = session(PostgresCluster::shared().url());
  const auto plant = [&](const TenantDatabase& names) {
    if (!names.schema) ask(planter, "create database " + names.database.str());
    else ask(session(PostgresCluster::shared().url(names.database.str())), "create schema " + names.schema->str());
  };
  // A tenant before all others, so that there is a database to plant something in.
  if (!shared.empty()) make_tenant(server, contract_names(next_number(), 0, shared), provisioner.stack);
  check_database_server_contract({.server = server,
                                  .number = next_number(),
                                  .stack = provisioner.stack,
                                  .plant_database = plant,
                                  .plant_role = [&](const std::string& name) { ask(planter, "create role " + name + " login"); },
                                  .shared = shared});
}

}  // namespace tenantctl::test
