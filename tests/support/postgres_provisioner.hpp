// The two kinds of roles that PostgresServer works as. Each has a stack of its own: a template is cloned by its owner only.
#pragma once
#include "support/postgres_cluster.hpp"
#include "support/postgres_session.hpp"

namespace tenantctl::test {

struct Provisioner {
  Secret url;
  std::string stack;
};

inline int next_number() {
  static int number = 0;
  return ++number;
}

inline Provisioner superuser() { return {.url = PostgresCluster::shared().url(), .stack = "by-superuser"}; }

inline Provisioner ordinary_provisioner() {
  const auto root = session(PostgresCluster::shared().url());
  if (ask(root, "select 1 from pg_roles where rolname = 'provisioner'").empty())
    ask(root, "create role provisioner login createrole createdb");
  return {.url = PostgresCluster::shared().url("postgres", "provisioner"), .stack = "by-provisioner"};
}

}  // namespace tenantctl::test
