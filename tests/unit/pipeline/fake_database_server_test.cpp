// The fake keeps the same contract as the real server, so that it can't drift.
#include "fakes/fake_database_server.hpp"
#include "contract/database_server_contract.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

TEST_CASE("FakeDatabaseServer keeps the contract of a database server") {
  Faults faults;
  FakeDatabaseServer server(faults);
  check_database_server_contract({.server = server,
                                  .plant_database = [&](const std::string& name) { server.databases[name] = {.owner = "somebody"}; },
                                  .plant_role = [&](const std::string& name) { server.roles[name] = {}; }});
}
