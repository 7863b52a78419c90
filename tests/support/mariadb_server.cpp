#include "support/mariadb_server.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "adapters/process/local_shell.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {
namespace {

using Argv = std::vector<std::string>;

constexpr const char* k_mariadb_user = "nobody";  // whom it runs as where the tests are run by root; it refuses root

/// Options of setpriv.
Argv as_ordinary_user() {
  if (::geteuid() != 0) return {};
  const auto* user = ::getpwnam(k_mariadb_user);
  if (user == nullptr) throw std::runtime_error("no user \"nobody\" to run MariaDB as");
  return {fmt::format("--reuid={}", user->pw_uid), fmt::format("--regid={}", user->pw_gid), "--clear-groups", "--inh-caps=-all"};
}

std::string run(const ShellCommand& command) {
  LocalShell shell;
  const auto outcome = shell.run(command);
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  if (!outcome->succeeded()) throw std::runtime_error(command.argv[0] + " failed: " + outcome->out + outcome->err);
  return outcome->out;
}

}  // namespace

MariadbServer::MariadbServer() : port_(free_port()) {
  if (::geteuid() == 0) {
    const auto* user = ::getpwnam(k_mariadb_user);
    if (user == nullptr || ::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("MariaDB's folder can't be given away");
  }
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  Argv install{"setpriv", "--pdeathsig=TERM"};
  std::ranges::copy(as_ordinary_user(), std::back_inserter(install));
  for (const auto& word :
       Argv{"--", "mariadb-install-db", "--no-defaults", "--datadir=" + (folder_ / "data").string(), tmpdir(),
            "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M"})
    install.push_back(word);
  run({.argv = install, .folder = folder_.path(), .limit = std::chrono::seconds(120)});
  start();
  for (const char* host : {"%", "localhost"}) {
    sql(fmt::format("create user '{0}'@'{1}' identified by '{2}'; grant all on *.* to '{0}'@'{1}' with grant option;", k_keeper, host,
                    "keeper''s \"canary\" $pw"));
  }
}

MariadbServer& MariadbServer::shared() {
  static MariadbServer one;
  return one;
}

/// Not the one of other servers: each removes, when it starts, what looks like temporary tables of one that died.
std::string MariadbServer::tmpdir() const { return "--tmpdir=" + folder_.path().string(); }

void MariadbServer::start() {
  server_.start({.argv = {"/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + (folder_ / "data").string(), tmpdir(),
                          "--socket=" + (folder_ / "sock").string(), fmt::format("--port={}", port_), "--bind-address=127.0.0.1",
                          "--skip-name-resolve", "--skip-log-bin", "--performance-schema=off", "--innodb-flush-log-at-trx-commit=0",
                          "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=32M", "--pid-file=" + (folder_ / "pid").string()},
                 .log = folder_ / "log",
                 .folder = folder_.path(),
                 .as = as_ordinary_user()},
                [this] {
                  LocalShell shell;
                  const auto ready =
                      shell.run({.argv = {"mariadb", "--no-defaults", "-S", (folder_ / "sock").string(), "-u", "root", "-e", "select 1"}});
                  return ready && ready->succeeded();
                });
}

std::string MariadbServer::sql(const std::string& statements) const {
  return run({.argv = {"mariadb", "--no-defaults", "-S", (folder_ / "sock").string(), "-u", "root", "--batch", "--skip-column-names"},
              .input = statements});
}

std::string MariadbServer::named(const std::string& part) const {
  return sql(
      fmt::format("select schema_name from information_schema.schemata where schema_name like '%{0}%'; select concat(user, '@', host) from "
                  "mysql.user where user like '%{0}%';",
                  part));
}

}  // namespace tenantctl::test
