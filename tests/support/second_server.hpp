// The sandbox with a second PostgreSQL, "second", on which its stacks place tenants too.
#pragma once
#include <fmt/format.h>

#include <string>

#include "support/changed_config.hpp"
#include "support/postgres_cluster.hpp"

namespace tenantctl::test {

class SecondServer {
 public:
  /// `of_first`, `of_second`: further keys of the two servers, such as ", weight: 2".
  /// `locale`: the sandbox's own, unless another is asked for.
  explicit SecondServer(const std::string& of_first = {}, const std::string& of_second = {}, const std::string& of_demo = {},
                        const std::string& locale = "C.UTF-8")
      : cluster_({.locale = locale}),
        in_use_(changed_config("two_servers.yaml", {{"  local: { ", second(of_second) + "  local: { "},
                                                    {"\" }\nstacks:", "\"" + of_first + " }\nstacks:"},
                                                    {"    server: local\n    name: \"demo",
                                                     "    servers: [local, second]\n" + of_demo + "    name: \"demo"}})) {}

  const PostgresCluster& cluster() const { return cluster_; }
  std::string url() const {
    return fmt::format("postgresql:///postgres?host={}&port={}&user=tenantctl", cluster_.socket_dir().native(), cluster_.port());
  }

 private:
  std::string second(const std::string& keys) const {
    return fmt::format("  second: {{ url: \"{}\", address: \"127.0.0.1:{}\"{} }}\n", url(), cluster_.port(), keys);
  }

  PostgresCluster cluster_;
  ConfigInUse in_use_;
};

}  // namespace tenantctl::test
