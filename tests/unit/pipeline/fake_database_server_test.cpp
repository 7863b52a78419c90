// The fake keeps the same contract as the real server, so that it can't drift.
#include "fakes/fake_database_server.hpp"
#include "contract/database_server_contract.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

void check_fake(const std::string& shared = {}) {
  Faults faults;
  FakeDatabaseServer server(faults);
  check_database_server_contract(
      {.server = server,
       .plant_database = [&](const TenantDatabase& names) { server.databases[names.place()] = {.owner = "somebody"}; },
       .plant_role = [&](const std::string& name) { server.roles[name] = {}; },
       .shared = shared});
}

}  // namespace

TEST_CASE("FakeDatabaseServer keeps the contract of a database server") { check_fake(); }

TEST_CASE("FakeDatabaseServer keeps the contract with a schema per tenant") { check_fake("shared"); }
