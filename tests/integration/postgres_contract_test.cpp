// The contract of a DatabaseServer, on PostgresServer: as a superuser, and as a provisioner with CREATEROLE and CREATEDB.
#include "adapters/postgres/database_server.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

void check_as(const Provisioner& provisioner) {
  const auto planter = session(PostgresCluster::shared().url());
  PostgresServer server(provisioner.url);
  check_database_server_contract({.server = server,
                                  .number = next_number(),
                                  .stack = provisioner.stack,
                                  .plant_database = [&](const std::string& name) { ask(planter, "create database " + name); },
                                  .plant_role = [&](const std::string& name) { ask(planter, "create role " + name + " login"); }});
}

}  // namespace

TEST_CASE("PostgresServer keeps the contract as a superuser") { check_as(superuser()); }

TEST_CASE("PostgresServer keeps the contract as a provisioner with CREATEROLE and CREATEDB") { check_as(ordinary_provisioner()); }
