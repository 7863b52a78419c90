#include "support/mariadb_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "adapters/files/descriptor.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/process/spawn.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {
namespace {

using Argv = std::vector<std::string>;

constexpr const char* k_mariadb_user = "nobody";  // whom it runs as where the tests are run by root; it refuses root

/// setpriv executes the program in its own process, so that the pid is the server's.
Argv wrapped(Argv argv) {
  Argv all{"setpriv", "--pdeathsig=TERM"};
  if (::geteuid() == 0) {
    const auto* user = ::getpwnam(k_mariadb_user);
    if (user == nullptr) throw std::runtime_error("no user \"nobody\" to run MariaDB as");
    all.insert(all.end(),
               {fmt::format("--reuid={}", user->pw_uid), fmt::format("--regid={}", user->pw_gid), "--clear-groups", "--inh-caps=-all"});
  }
  all.emplace_back("--");
  all.insert(all.end(), argv.begin(), argv.end());
  return all;
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
  run({.argv = wrapped({"mariadb-install-db", "--no-defaults", "--datadir=" + (folder_ / "data").string(), tmpdir(),
                        "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M"}),
       .folder = folder_.path(),
       .limit = std::chrono::seconds(120)});
  start();
  for (const char* host : {"%", "localhost"}) {
    sql(fmt::format("create user '{0}'@'{1}' identified by '{2}'; grant all on *.* to '{0}'@'{1}' with grant option;", k_keeper, host,
                    "keeper''s \"canary\" $pw"));
  }
}

MariadbServer::~MariadbServer() { stop(); }

MariadbServer& MariadbServer::shared() {
  static MariadbServer one;
  return one;
}

/// Not the one of other servers: each removes, when it starts, what looks like temporary tables of one that died.
std::string MariadbServer::tmpdir() const { return "--tmpdir=" + folder_.path().string(); }

void MariadbServer::start() {
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const auto pid =
      spawn({.argv = wrapped({"/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + (folder_ / "data").string(), tmpdir(),
                              "--socket=" + (folder_ / "sock").string(), fmt::format("--port={}", port_), "--bind-address=127.0.0.1",
                              "--skip-name-resolve", "--skip-log-bin", "--performance-schema=off", "--innodb-flush-log-at-trx-commit=0",
                              "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=32M", "--pid-file=" + (folder_ / "pid").string()}),
             .environment = environment_with({}),
             .folder = folder_.path(),
             .stdio = {null.get(), log.get(), log.get()}});
  if (!pid) throw std::runtime_error(full_message(pid.error()));
  pid_ = *pid;
  LocalShell shell;
  for (int i = 0; i < 600; ++i) {
    const auto ready = shell.run({.argv = {"mariadb", "--no-defaults", "-S", (folder_ / "sock").string(), "-u", "root", "-e", "select 1"}});
    if (ready && ready->succeeded()) return;
    ::usleep(50'000);
  }
  throw std::runtime_error("mariadbd does not start: " + read_text(folder_ / "log"));
}

void MariadbServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
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
