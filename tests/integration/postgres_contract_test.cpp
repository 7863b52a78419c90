// The contract of a DatabaseServer, on PostgresServer: as a superuser, and as a provisioner with CREATEROLE and CREATEDB; for
// tenants with a database each, and for tenants with a schema each in one database.
#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

void check_as(const Provisioner& provisioner, const std::string& shared = {}) {
  const auto planter = session(PostgresCluster::shared().url());
  PostgresServer server(provisioner.url);
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

}  // namespace

TEST_CASE("PostgresServer keeps the contract as a superuser") { check_as(superuser()); }

TEST_CASE("PostgresServer keeps the contract as a provisioner with CREATEROLE and CREATEDB") { check_as(ordinary_provisioner()); }

TEST_CASE("PostgresServer keeps the contract with a schema per tenant as a superuser") { check_as(superuser(), "contract_by_superuser"); }

TEST_CASE("PostgresServer keeps the contract with a schema per tenant as a provisioner") { check_as(ordinary_provisioner(), "contract_by_provisioner"); }
