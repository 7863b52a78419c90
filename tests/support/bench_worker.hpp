// What tests of the bench adapter share: a site, a process of tenantctl that works on it, and the two ways to its host.
#pragma once
#include <catch2/catch.hpp>

#include "adapters/frappe/shell_bench.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/ssh/ssh_shell.hpp"
#include "adapters/system/system_entropy.hpp"
#include "support/bench_host.hpp"
#include "support/claims.hpp"
#include "support/ssh_server.hpp"

namespace tenantctl::test {

inline FrappeSite site_on(const BenchHost& host, const std::string& name, const std::string& database) {
  return {.tenant = *TenantId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
          .name = *HostName::parse(name),
          .database = *DatabaseName::parse(database),
          .bench = host.bench().string(),
          .program = host.program()};
}

inline BenchAccess access_to(const BenchHost& host, std::chrono::seconds patience = std::chrono::seconds(20)) {
  return {.host = "frappe1",
          .keeper = {.user = MariadbServer::k_keeper,
                     .password = host.database().password(),
                     .port = static_cast<std::uint16_t>(host.database().port())},
          .web = host.web(),
          .patience = patience};
}

/// A process of tenantctl that works on the host's bench.
struct Worker {
  explicit Worker(const BenchHost& host, Shell& shell, std::int64_t fence = 1, std::chrono::seconds patience = std::chrono::seconds(20))
      : bench(access_to(host, patience), shell, entropy) {
    bench.begin(claim_of(fence));
  }
  SystemEntropy entropy;
  ShellBench bench;
};

/// The same cases twice: here, and over SSH.
struct Here {
  LocalShell shell;
};
struct OverSsh {
  static SshServer& server() {
    static SshServer one;
    return one;
  }
  SshShell shell{server().host()};
};

template <class T>
void require_done(const Result<T>& result) {
  if (!result) FAIL(full_message(result.error()));
}

/// Nothing of the site is left on the host, whoever made what.
inline void check_gone(const BenchHost& host, const FrappeSite& site) {
  CHECK_FALSE(std::filesystem::exists(host.site(site.name.str())));
  CHECK_FALSE(std::filesystem::exists(host.bench() / ".tenantctl"));
  CHECK(host.database().named(site.database.str()).empty());
}

}  // namespace tenantctl::test
