// The contract of a DatabaseServer, on PostgresServer: as a superuser, and as a provisioner with CREATEROLE and CREATEDB; for
// tenants with a database each, and for tenants with a schema each in one database.
#include "contract/postgres_server_contract.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

void check_contract_as(const Provisioner& provisioner, const std::string& shared = {}) {
  PostgresServer server(provisioner.url);
  check_postgres_contract(server, provisioner, shared);
}

}  // namespace

TEST_CASE("PostgresServer keeps the contract as a superuser") { check_contract_as(superuser()); }

TEST_CASE("PostgresServer keeps the contract as a provisioner with CREATEROLE and CREATEDB") { check_contract_as(ordinary_provisioner()); }

TEST_CASE("PostgresServer keeps the contract with a schema per tenant as a superuser") {
  check_contract_as(superuser(), "contract_by_superuser");
}

TEST_CASE("PostgresServer keeps the contract with a schema per tenant as a provisioner") {
  check_contract_as(ordinary_provisioner(), "contract_by_provisioner");
}
