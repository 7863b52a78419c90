// The sandbox with its real PostgreSQL, nginx and demo app.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <thread>

#include "adapters/http/curl_probe.hpp"
#include "adapters/postgres/connection.hpp"
#include "adapters/process/daemon.hpp"
#include "adapters/process/process_identity.hpp"
#include "adapters/sandbox/sandbox_layout.hpp"
#include "adapters/sandbox/server_user.hpp"
#include "support/sandbox_folder.hpp"

using namespace tenantctl;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::SandboxFolder;
using test::TempFolder;

namespace {

int pid_of(const SandboxStatus& status, const std::string& name) {
  for (const auto& server : status.servers) {
    if (server.name == name) return server.pid;
  }
  return 0;
}

std::vector<int> pids(const SandboxStatus& status) {
  return {pid_of(status, "postgres"), pid_of(status, "nginx"), pid_of(status, "demo-app")};
}

/// The processes that any of the sandbox's servers consists of.
std::size_t processes_of(const SandboxStatus& status) {
  std::size_t count = 0;
  for (const auto& server : status.servers) count += writers_of(status.dir / "log" / (server.name + ".log")).size();
  return count;
}

/// What the control database answers to a statement; the error's message where there is none.
std::string ask_control(const SandboxStatus& status, const char* statement) {
  const auto connection = postgres::Connection::open(Secret(status.control_url), postgres::Peer::control);
  if (!connection) return connection.error().message;
  const auto rows = (*connection)->query(statement);
  if (!rows) return rows.error().message;
  return rows->empty() ? "" : rows->text(0, 0);
}

/// nginx has no answer for unknown hosts but takes their connections; nobody there would be nginx_unreachable.
bool nginx_serves(const SandboxStatus& status) {
  const auto answer = CurlProbe().get(
      {.address = "http://127.0.0.1:" + std::to_string(status.http_port), .host = *HostName::parse("nobody.yourapp.test"), .path = "/"});
  return !answer && answer.error().code == ErrorCode::http_check_failed;
}

/// Somebody who listens on a port of 127.0.0.1.
class Listener {
 public:
  explicit Listener(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket_.get(), 8) == 0);
  }

 private:
  Descriptor socket_;
};

}  // namespace

TEST_CASE("a folder that the servers' user can't reach is refused early", "[sandbox]") {
  if (::geteuid() != 0) return;  // only root drops to another user
  TempFolder private_folder;     // 0700
  LocalShell shell;
  LocalSandbox sandbox(private_folder / "sandbox", "/bin/true", shell);

  const auto status = sandbox.up();

  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().code == ErrorCode::permission_denied);
  CHECK(status.error().hint.find("--dir") != std::string::npos);
}

TEST_CASE("a folder whose socket would have too long a path is refused", "[sandbox]") {
  LocalShell shell;
  LocalSandbox sandbox("/tmp/" + std::string(100, 'x'), "/bin/true", shell);

  const auto status = sandbox.up();

  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().code == ErrorCode::bad_value);
  CHECK_FALSE(fs::exists("/tmp/" + std::string(100, 'x')));
}

TEST_CASE("a folder whose name could be read as configuration is refused", "[sandbox]") {
  for (const auto* name : {"/tmp/a b", "/tmp/a;b", "/tmp/a'b", "/tmp/a{b", "/tmp/a\nb", "/tmp/a%20b", "/"}) {
    CAPTURE(name);
    CHECK_FALSE(SandboxLayout::of(name).has_value());
  }
}

TEST_CASE("somebody else's folder is neither used nor purged", "[sandbox]") {
  TempFolder folder;
  test::write_text(folder / "sandbox/precious", "mine");
  LocalShell shell;
  LocalSandbox sandbox(folder / "sandbox", "/bin/true", shell);

  const auto up = sandbox.up();
  const auto purge = sandbox.down(SandboxData::purge);

  REQUIRE_FALSE(up.has_value());
  CHECK(up.error().code == ErrorCode::sandbox_failed);
  REQUIRE_FALSE(purge.has_value());
  CHECK(purge.error().code == ErrorCode::sandbox_failed);
  CHECK(test::read_text(folder / "sandbox/precious") == "mine");
  CHECK(std::distance(fs::directory_iterator(folder / "sandbox"), {}) == 1);
}

TEST_CASE("stopping a sandbox that never was is success", "[sandbox]") {
  SandboxFolder folder;

  CHECK(folder.sandbox().down(SandboxData::keep).has_value());
  CHECK(folder.sandbox().down(SandboxData::purge).has_value());
  const auto status = folder.sandbox().status();

  REQUIRE(status.has_value());
  CHECK_FALSE(status->exists);
  CHECK_FALSE(status->running);
  CHECK_FALSE(fs::exists(folder.dir()));
}

TEST_CASE("a demo app that can't run is reported with its own words, and up works once it can", "[sandbox]") {
  SandboxFolder folder("/bin/false");

  const auto failed = folder.sandbox().up();

  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == ErrorCode::sandbox_failed);
  CHECK(failed.error().message.find("demo-app") != std::string::npos);
  LocalShell shell;
  LocalSandbox repaired(folder.dir(), fs::path(TENANTCTL_BIN_DIR) / "demo-app", shell);
  const auto status = repaired.up();
  REQUIRE(status.has_value());
  CHECK(status->running);
}

TEST_CASE("the first up makes a sandbox whose servers all serve", "[sandbox]") {
  SandboxFolder folder;

  const auto begin = std::chrono::steady_clock::now();
  const auto status = folder.up();
  const auto first = std::chrono::steady_clock::now();
  (void)folder.up();
  const auto again = std::chrono::steady_clock::now();

  UNSCOPED_INFO("first up " << (first - begin) / 1ms << " ms, again " << (again - first) / 1ms << " ms");
  CHECK(status.exists);
  CHECK(status.running);
  CHECK(ask_control(status, "select current_database()") == "tenantctl");
  CHECK(ask_control(status, "show fsync") == "on");
  CHECK(nginx_serves(status));
  CHECK(fs::exists(status.config));
  CHECK(first - begin < 30s);  // a hang, not the goal: the machine may be busy
}

TEST_CASE("a second up changes nothing", "[sandbox]") {
  SandboxFolder folder;
  const auto first = folder.up();
  const auto config = test::read_text(first.config);

  const auto second = folder.up();

  CHECK(pids(second) == pids(first));
  CHECK(second.http_port == first.http_port);
  CHECK(second.postgres_port == first.postgres_port);
  CHECK(test::read_text(second.config) == config);
}

TEST_CASE("two ups at once make one sandbox", "[sandbox]") {
  SandboxFolder folder;
  LocalShell shell;
  std::vector<Result<SandboxStatus>> results(3, fail(ErrorCode::internal, "not run"));
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      LocalSandbox one(folder.dir(), fs::path(TENANTCTL_BIN_DIR) / "demo-app", shell);
      result = one.up();
    });
  }
  for (auto& thread : threads) thread.join();

  for (const auto& result : results) {
    REQUIRE(result.has_value());
    CHECK(pids(*result) == pids(*results[0]));
  }
}

TEST_CASE("each server that was killed comes back, and nothing of the old one stays", "[sandbox]") {
  SandboxFolder folder;
  const auto before = folder.up();
  REQUIRE(ask_control(before, "create table kept (id int); ") == "");
  for (const auto& server : before.servers) {
    CAPTURE(server.name);
    REQUIRE(::kill(server.pid, SIGKILL) == 0);
  }
  for (const auto& server : before.servers) {  // a kill takes effect a moment later
    const auto process = identify(server.pid);
    if (process) REQUIRE(wait_for_end(*process, 10s));
  }

  const auto after = folder.up();

  CHECK(after.running);
  for (const auto& server : after.servers) CHECK(server.pid != pid_of(before, server.name));
  CHECK(nginx_serves(after));
  CHECK(ask_control(after, "select count(*) from kept") == "0");
  CHECK(after.http_port == before.http_port);
  const auto log = after.dir / "log/nginx.log";
  for (int i = 0; i < 500 && writers_of(log).size() < 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // one worker answers before the other is there
  CHECK(writers_of(log).size() == 3);                            // a master and two workers, none of the old ones
}

TEST_CASE("down leaves no process, and up finds the data again", "[sandbox]") {
  SandboxFolder folder;
  const auto before = folder.up();
  REQUIRE(processes_of(before) > 5);
  REQUIRE(ask_control(before, "create table kept (id int)") == "");

  REQUIRE(folder.sandbox().down(SandboxData::keep).has_value());

  CHECK(processes_of(before) == 0);
  const auto stopped = folder.sandbox().status();
  REQUIRE(stopped.has_value());
  CHECK(stopped->exists);
  CHECK_FALSE(stopped->running);
  const auto after = folder.up();
  CHECK(ask_control(after, "select count(*) from kept") == "0");
  CHECK(after.postgres_port == before.postgres_port);
}

TEST_CASE("purge stops all and removes the folder", "[sandbox]") {
  SandboxFolder folder;
  const auto status = folder.up();

  REQUIRE(folder.sandbox().down(SandboxData::purge).has_value());

  CHECK(processes_of(status) == 0);
  CHECK_FALSE(fs::exists(folder.dir()));
}

TEST_CASE("processes are found even where the record of them was lost", "[sandbox]") {
  SandboxFolder folder;
  const auto status = folder.up();
  fs::remove(folder.dir() / "sandbox.json");

  REQUIRE(folder.sandbox().down(SandboxData::keep).has_value());

  CHECK(processes_of(status) == 0);
}

TEST_CASE("ports that somebody else took are replaced, in the configuration too", "[sandbox]") {
  SandboxFolder folder;
  const auto before = folder.up();
  const auto credentials = folder.dir() / "credentials/demo/acme.json";
  test::write_text(credentials, "{\"port\":" + std::to_string(before.postgres_port) +
                                    ",\"url\":\"postgresql://x@127.0.0.1:" + std::to_string(before.postgres_port) + "/y\"}");
  auto yaml = test::read_text(before.config);
  yaml.replace(yaml.find("yourapp.test"), 12, "mine.example");
  test::write_text(before.config, yaml);
  REQUIRE(folder.sandbox().down(SandboxData::keep).has_value());
  const Listener http(before.http_port);
  const Listener database(before.postgres_port);

  const auto after = folder.up();

  CHECK(after.http_port != before.http_port);
  CHECK(after.postgres_port != before.postgres_port);
  CHECK(ask_control(after, "select 1") == "1");
  CHECK(nginx_serves(after));
  yaml = test::read_text(after.config);
  CHECK(yaml.find(std::to_string(before.http_port)) == std::string::npos);
  CHECK(yaml.find(std::to_string(before.postgres_port)) == std::string::npos);
  CHECK(yaml.find("127.0.0.1:" + std::to_string(after.http_port)) != std::string::npos);
  CHECK(yaml.find("mine.example") != std::string::npos);
  CHECK(test::read_text(credentials) == "{\"port\":" + std::to_string(after.postgres_port) +
                                            ",\"url\":\"postgresql://x@127.0.0.1:" + std::to_string(after.postgres_port) + "/y\"}");
}

TEST_CASE("half an initdb is never taken for a cluster", "[sandbox]") {
  SandboxFolder folder;
  test::write_text(folder.dir() / ".tenantctl-sandbox", "");
  test::write_text(folder.dir() / "postgres/data.new.12345/PG_VERSION", "15\n");

  const auto status = folder.up();

  CHECK(status.running);
  CHECK_FALSE(fs::exists(folder.dir() / "postgres/data.new.12345"));
}

TEST_CASE("a lock file whose pid is another process by now does not keep PostgreSQL down", "[sandbox]") {
  SandboxFolder folder;
  const auto layout = *SandboxLayout::of(folder.dir());
  const auto before = folder.up();
  const auto lock = test::read_text(layout.data() / "postmaster.pid");
  REQUIRE(::kill(pid_of(before, "postgres"), SIGKILL) == 0);
  REQUIRE(folder.sandbox().down(SandboxData::keep).has_value());
  const auto user = ServerUser::choose(layout.data());
  REQUIRE(user.has_value());
  auto stranger = HeldDaemon::hold(
      {.argv = user->as_user({"sleep", "77"}), .environment = user->environment(), .folder = "/", .log = folder.dir() / "stranger.log"});
  REQUIRE(stranger.has_value());
  REQUIRE(stranger->release().has_value());
  test::write_text(layout.data() / "postmaster.pid", std::to_string(stranger->identity().pid) + lock.substr(lock.find('\n')));

  const auto after = folder.sandbox().up();

  CHECK(after.has_value());
  CHECK(is_running(stranger->identity()));
  const StopStage kill_it{.signal = SIGKILL, .limit = 1s};
  CHECK(stop_process(stranger->identity(), std::span(&kill_it, 1)).has_value());
}

TEST_CASE("missing configuration files are written again", "[sandbox]") {
  SandboxFolder folder;
  const auto before = folder.up();
  REQUIRE(folder.sandbox().down(SandboxData::keep).has_value());
  for (const auto* file : {"tenantctl.yaml", "conf", "nginx", "bin", "stacks", "log", "run"}) fs::remove_all(folder.dir() / file);

  const auto after = folder.up();

  CHECK(after.running);
  CHECK(fs::exists(after.config));
  CHECK(fs::exists(folder.dir() / "stacks/demo/schema.sql"));
  CHECK(after.http_port == before.http_port);
}

TEST_CASE("a copy of a sandbox does not touch the original's servers", "[sandbox]") {
  SandboxFolder original;
  SandboxFolder copy;
  const auto status = original.up();
  fs::create_directories(copy.dir());
  fs::copy(original.dir() / ".tenantctl-sandbox", copy.dir());
  fs::copy(original.dir() / "sandbox.json", copy.dir());

  REQUIRE(copy.sandbox().down(SandboxData::keep).has_value());

  const auto still = original.sandbox().status();
  REQUIRE(still.has_value());
  CHECK(still->running);
  CHECK(pids(*still) == pids(status));
}

TEST_CASE("the superuser has no way in over TCP, and the socket's folder is private", "[sandbox]") {
  SandboxFolder folder;
  const auto status = folder.up();
  const auto tcp = "postgresql://tenantctl:guess@127.0.0.1:" + std::to_string(status.postgres_port) + "/postgres";

  const auto connection = postgres::Connection::open(Secret(tcp), postgres::Peer::server);

  REQUIRE_FALSE(connection.has_value());
  struct stat info {};
  REQUIRE(::stat(status.socket_dir.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  REQUIRE(::stat(status.config.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("as root no server runs as root but nginx's master", "[sandbox]") {
  if (::geteuid() != 0) return;
  SandboxFolder folder;
  const auto status = folder.up();

  CHECK(status.user != "root");
  int seen = 0;
  for (const auto& server : status.servers) {
    for (const auto& process : writers_of(status.dir / "log" / (server.name + ".log"))) {
      struct stat info {};
      if (::stat(("/proc/" + std::to_string(process.pid)).c_str(), &info) != 0)
        continue;  // such as a worker of PostgreSQL's that has ended
      ++seen;
      CHECK((info.st_uid != 0) == (process.pid != pid_of(status, "nginx")));
    }
  }
  CHECK(seen >= static_cast<int>(status.servers.size()));
}
