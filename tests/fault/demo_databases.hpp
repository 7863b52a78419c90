// The databases of the sandbox's stack "demo": the tenants' own, and what restores have put aside.
#pragma once
#include <string>
#include <vector>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

/// By name.
inline std::vector<std::string> demo_databases() {
  return sandbox().sql("select datname from pg_database where datname like 'demo\\_%' order by 1");
}

}  // namespace tenantctl::test
