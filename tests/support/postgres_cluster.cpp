#include "support/postgres_cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/free_port.hpp"
#include "support/temp_folder.hpp"

namespace tenantctl::test {
namespace {

constexpr const char* k_server_user = "postgres";  // whom the server runs as where the tests are run by root

using Argv = std::vector<std::string>;

/// Debian keeps the server's programs out of PATH.
std::filesystem::path server_bin() {
  std::filesystem::path newest;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) newest = std::max(newest, version.path() / "bin");
  return newest;
}

/// setpriv executes the program in its own process, so that the pid is the server's.
Argv as_server_user(Argv argv) {
  if (geteuid() != 0) return argv;
  const auto* user = getpwnam(k_server_user);
  if (user == nullptr) throw std::runtime_error("no user \"postgres\" to run the test cluster as");
  Argv wrapped{"setpriv",
               fmt::format("--reuid={}", user->pw_uid),
               fmt::format("--regid={}", user->pw_gid),
               "--init-groups",
               "--inh-caps=-all",
               "--pdeathsig=INT",
               "--"};
  wrapped.insert(wrapped.end(), argv.begin(), argv.end());
  return wrapped;
}

int launch(const Argv& argv, const std::filesystem::path& folder, const std::filesystem::path& log) {
  std::vector<char*> pointers;
  for (const auto& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const auto parent = getpid();
  const auto pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGINT);
  if (getppid() != parent || chdir(folder.c_str()) != 0) _exit(126);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0), dup2(out, 1), dup2(out, 2);
  setenv("LC_ALL", "C", 1);
  execvp(pointers[0], pointers.data());
  _exit(127);
}

std::string read_whole(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void write_access_rules(const std::filesystem::path& file) {
  std::ofstream(file) << "local all tenantctl trust\n"
                         "local all provisioner trust\n"
                         "local all all scram-sha-256\n"
                         "host all all 127.0.0.1/32 scram-sha-256\n";
}

}  // namespace

PostgresCluster::PostgresCluster(ClusterOptions options) : options_(std::move(options)), dir_(make_temp_folder()) {
  if (geteuid() == 0) {
    const auto* user = getpwnam(k_server_user);
    if (user == nullptr || chown(dir_.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("the test cluster's folder can't be given to postgres");
  }
  std::filesystem::permissions(dir_, std::filesystem::perms(0755));
  const Argv initdb{server_bin() / "initdb",       "-D",        data_dir(),         "-U", "tenantctl", "-A", "trust", "-E", "UTF8",
                    "--locale=" + options_.locale, "--no-sync", "--no-instructions"};
  int status = -1;
  waitpid(launch(as_server_user(initdb), dir_, dir_ / "initdb.log"), &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: " + read_whole(dir_ / "initdb.log"));
  write_access_rules(data_dir() / "pg_hba.conf");
  start();
}

PostgresCluster::~PostgresCluster() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

PostgresCluster& PostgresCluster::shared() {
  static PostgresCluster cluster;
  return cluster;
}

void PostgresCluster::start() {
  if (pid_ > 0) return;
  if (port_ == 0) port_ = free_port();
  Argv argv{server_bin() / "postgres",
            "-D",
            data_dir(),
            "-k",
            dir_,
            "-p",
            std::to_string(port_),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_permissions=0777",
            "-c",
            "max_connections=60",
            "-c",
            "password_encryption=scram-sha-256"};
  auto settings = options_.settings;
  if (options_.durability == Durability::fast)
    settings.insert(settings.end(), {"fsync=off", "synchronous_commit=off", "full_page_writes=off"});
  for (const auto& setting : settings) argv.insert(argv.end(), {"-c", setting});
  pid_ = launch(as_server_user(argv), dir_, dir_ / "server.log");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (PQping(url().reveal().c_str()) != PQPING_OK) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > deadline) {
      pid_ = 0;
      throw std::runtime_error("the test cluster did not start: " + log());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void PostgresCluster::stop(Shutdown how) {
  if (pid_ <= 0) return;
  kill(pid_, how == Shutdown::fast ? SIGINT : SIGQUIT);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

Secret PostgresCluster::url(const std::string& database, const std::string& user) const {
  return Secret(fmt::format("host={} port={} user={} dbname={}", dir_.string(), port_, user, database));
}

Secret PostgresCluster::tcp_url(const std::string& database, const std::string& user, const std::string& password) const {
  return Secret(fmt::format("host=127.0.0.1 port={} user={} dbname={} password={}", port_, user, database, password));
}

std::string PostgresCluster::log() const { return read_whole(dir_ / "server.log"); }

}  // namespace tenantctl::test
