// The way to a server of one's own, as docs/guide.md has it: its role, its configuration and its commands, with nothing
// replaced but folders, ports and the reload of a system's nginx. PostgreSQL and nginx are real, the provisioner is no superuser.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/process/local_shell.hpp"
#include "support/doc_sessions.hpp"
#include "support/free_port.hpp"
#include "support/nginx_server.hpp"
#include "support/postgres_cluster.hpp"
#include "support/postgres_session.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

std::string guide() { return read_text(std::string(TENANTCTL_SOURCE_DIR) + "/docs/guide.md"); }

/// The guide's block in this language that holds `word`, with each first text replaced by its second.
std::string block(std::string_view language, std::string_view word, const std::vector<std::pair<std::string, std::string>>& replacements) {
  for (auto text : fenced_blocks(guide(), language)) {
    if (text.find(word) == std::string::npos) continue;
    for (const auto& [from, to] : replacements) {
      INFO("docs/guide.md no longer has \"" << from << "\" in\n" << text);
      REQUIRE(text.find(from) != std::string::npos);
      for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    }
    return text;
  }
  FAIL("docs/guide.md has no " << language << " block with " << word);
  return {};
}

/// A server as the guide's reader has it, in a folder: nginx with an empty conf.d, and an application behind it.
class OwnServer {
 public:
  explicit OwnServer(const std::string& mode) : port_(free_port()), app_port_(free_port()) {
    std::filesystem::permissions(dir(), std::filesystem::perms(0755));
    const auto root = session(PostgresCluster::shared().url());
    if (test::ask(root, "select 1 from pg_roles where rolname = 'provisioner'").empty()) {
      test::ask(root, block("sql", "create role", {{"…", "not-secret-here"}}).c_str());
    }
    write_text(dir() / "control.url", PostgresCluster::shared().url("control_" + mode, "provisioner").reveal());
    write_text(dir() / "pg1.url", PostgresCluster::shared().url("postgres", "provisioner").reveal());
    write_text(dir() / "shop/schema.sql", "create table couriers (code text primary key, name text not null);\n");
    write_text(dir() / "shop/couriers.csv", "code,name\nDHL,\"DHL, Bonn\"\nUPS,UPS\n");
    write_text(dir() / "tenantctl.yaml",
               block("yaml", "domain:",
                     {{"http://127.0.0.1:3000", fmt::format("http://127.0.0.1:{}", app_port_)},
                      {"/var/lib/shop/credentials", (dir() / "credentials").string()},
                      {"/var/lib/tenantctl/nginx", shared().string()},
                      {"[\"0.0.0.0:80\"]", fmt::format("[\"127.0.0.1:{}\"], mode: {}, prefix: {}, conf: {}, pid_file: {}", port_, mode,
                                                       dir().string(), (dir() / "nginx.conf").string(), (dir() / "nginx.pid").string())}}));
    std::filesystem::create_directories(dir() / "conf.d");
    write_text(dir() / "nginx.conf", nginx_conf());
  }
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;
  ~OwnServer() {
    if (nginx_ <= 0) return;
    ::kill(nginx_, SIGTERM);
    ::waitpid(nginx_, nullptr, 0);
  }

  void prepare() {
    const auto commands = block("sh", "tenantctl init",
                                {{"/var/lib/tenantctl/nginx", shared().string()},
                                 {"/etc/nginx/conf.d/tenantctl.conf", (dir() / "conf.d/tenantctl.conf").string()},
                                 {"nginx -t && nginx -s reload\n", fmt::format("nginx -t -q -p {0} -c {0}/nginx.conf\n", dir().string())}});
    const auto outcome = run({"bash", "-ec", commands});
    INFO(commands << outcome.out << outcome.err);
    REQUIRE(outcome.exit_status == 0);
    start_nginx();
  }

  ShellOutcome tenantctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), TENANTCTL_BIN_DIR "/tenantctl");
    return run(arguments);
  }

  std::string ask(const std::string& host) const {
    return send_raw(port_, fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host));
  }
  const std::filesystem::path& dir() const { return folder_.path(); }
  std::filesystem::path shared() const { return dir() / "shared"; }

 private:
  ShellOutcome run(const std::vector<std::string>& argv) const {
    LocalShell shell;
    const auto path = fmt::format("PATH={}:/usr/bin:/bin:/usr/sbin:/sbin", TENANTCTL_BIN_DIR);
    const auto outcome =
        shell.run({.argv = argv, .environment = {path, "TENANTCTL_CONFIG=" + (dir() / "tenantctl.yaml").string()}, .folder = "/"});
    if (!outcome) throw std::runtime_error(full_message(outcome.error()));
    return *outcome;
  }

  std::string nginx_conf() const {
    std::string temporary;
    for (const auto* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      temporary += fmt::format("{0}_temp_path tmp_{0};\n", name);
    return fmt::format(
        "{}daemon off;\npid nginx.pid;\nerror_log {}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{}"
        "server {{ listen 127.0.0.1:{}; location / {{ return 200 \"pong of $http_x_tenant\\n\"; }} }}\ninclude {}/conf.d/*.conf;\n}}\n",
        ::geteuid() == 0 ? "user root;\n" : "", dir().string(), temporary, app_port_, dir().string());
  }

  void start_nginx() {
    nginx_ = ::fork();
    if (nginx_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      const int null = ::open("/dev/null", O_WRONLY);
      ::dup2(null, 2);
      ::execlp("nginx", "nginx", "-p", dir().c_str(), "-c", (dir() / "nginx.conf").c_str(), nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 500 && !std::filesystem::exists(dir() / "nginx.pid"); ++i) ::usleep(10'000);
  }

  TempFolder folder_;
  int port_;
  int app_port_;
  pid_t nginx_ = 0;
};

void check_way_to_a_tenant(const std::string& mode) {
  OwnServer server(mode);
  server.prepare();

  const auto made = server.tenantctl({"create", "acme", "--email", "admin@acme.test", "-o", "json"});

  INFO(made.err);
  REQUIRE(made.exit_status == 0);
  CHECK_THAT(server.ask("acme.yourapp.test"), Catch::StartsWith("HTTP/1.1 200") && Catch::Contains("pong of acme"));
  CHECK_THAT(server.ask("api.acme.yourapp.test"), Catch::Contains("pong of acme"));
  CHECK(server.ask("other.yourapp.test").empty());
  const auto file = nlohmann::json::parse(made.out).at("credentials").at("file").get<std::string>();
  CHECK(std::filesystem::exists(file));
  REQUIRE(server.tenantctl({"rollback", "acme", "--yes"}).exit_status == 0);
  CHECK(server.ask("acme.yourapp.test").empty());
  CHECK_FALSE(std::filesystem::exists(file));
}

}  // namespace

TEST_CASE("the guide's way to a server of one's own ends in a live tenant, in mode routes") { check_way_to_a_tenant("routes"); }

TEST_CASE("the guide's way to a server of one's own ends in a live tenant, in mode server_block") { check_way_to_a_tenant("server_block"); }

TEST_CASE("with --print-credentials a tenant is live, and its password is shown once and in no file") {
  OwnServer server("routes");
  server.prepare();

  const auto made = server.tenantctl({"create", "printed", "--email", "admin@printed.test", "--print-credentials", "-o", "json"});

  INFO(made.err);
  REQUIRE(made.exit_status == 0);
  const auto credentials = nlohmann::json::parse(made.out).at("credentials");
  const auto& cluster = PostgresCluster::shared();
  const auto inside = session(cluster.tcp_url(credentials.at("database"), credentials.at("user"), credentials.at("password")));
  CHECK(ask(inside, "select name from couriers where code = 'DHL'") == "DHL, Bonn");
  CHECK_FALSE(std::filesystem::exists(server.dir() / "credentials"));
  CHECK(server.tenantctl({"rollback", "printed", "--yes"}).exit_status == 0);
}

TEST_CASE("a provisioner that is no superuser proves what it can, finds no false hole, and says what it can't prove") {
  OwnServer server("routes");
  server.prepare();
  for (const auto* slug : {"plain-a", "plain-b"})
    REQUIRE(server.tenantctl({"create", slug, "--email", "admin@acme.test"}).exit_status == 0);

  const auto blocks = fenced_blocks(read_text(std::string(TENANTCTL_SOURCE_DIR) + "/docs/isolation.md"), "yaml");
  const auto baseline =
      std::ranges::find_if(blocks, [](const std::string& text) { return text.find("skip-triggers") != std::string::npos; });
  REQUIRE(baseline != blocks.end());
  write_text(server.dir() / "baseline.yaml", *baseline);

  const auto looked =
      server.tenantctl({"verify-isolation", "--all", "-o", "json", "--baseline", (server.dir() / "baseline.yaml").string()});

  INFO(looked.out << looked.err);
  CHECK(looked.exit_status == 7);
  const auto document = nlohmann::json::parse(looked.out);
  CHECK(document["notes"].empty());                     // else it has an entry that accepts nothing
  std::map<std::string, std::set<std::string>> probes;  // by verdict
  for (const auto& tenant : document["tenants"]) {
    for (const auto& finding : tenant["findings"]) probes[finding["verdict"]].insert(finding["probe"]);
  }
  // This cluster lets everybody into "postgres" and its like, as PostgreSQL does by itself.
  CHECK(probes["breach"] == std::set<std::string>{"connect-server-database"});
  CHECK(probes["inconclusive"] == std::set<std::string>{"own-page"});  // the guide's stack has no whoami
  for (const auto* slug : {"plain-a", "plain-b"}) CHECK(server.tenantctl({"rollback", slug, "--yes"}).exit_status == 0);
}
