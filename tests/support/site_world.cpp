#include "support/site_world.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "support/free_port.hpp"
#include "support/nginx_server.hpp"
#include "support/postgres_cluster.hpp"
#include "support/postgres_session.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_config = R"(domain: yourapp.test
control: {{ url_file: control.url }}
hosts:
  web: {{ local: true }}
  frappe1: {{ ssh: "{user}@127.0.0.1:{ssh_port}", identity: "{key}", known_hosts: "{known_hosts}", agent: false }}
database_servers: {{}}
stacks:
  erp:
    kind: frappe
    host: {bench_host}
    bench: {bench}
    bench_program: {program}
    apps: [erpnext, tenant_oauth_auth]
    site_config: {{ disable_signup: 1, oauth_provider_url: "https://auth.{{domain}}" }}
    country: Germany
    time_zone: Europe/Berlin
    upstream: "{web}"
    web: "{web}"
    sites_dir: {bench}/sites
    database_admin: {{ user: keeper, password: "file:keeper.password", port: {db_port} }}
    credentials_dir: credentials
{more}
nginx: {{ dir: nginx, listen: ["127.0.0.1:{port}"], prefix: ".", conf: nginx.conf, pid_file: nginx.pid }}
backups: {{ dir: backups }}
)";

std::string next_database() {
  static int number = 0;
  return fmt::format("control_sites_{}", ++number);
}

}  // namespace

SiteWorld::SiteWorld(BenchWay way, const std::string& more, const std::string& of_sshd)
    : ssh_(of_sshd), control_(next_database()), port_(free_port()), front_port_(free_port()) {
  fs::permissions(folder_.path(), fs::perms(0755));
  const auto ssh = ssh_.host();
  write_text(folder_ / "control.url", PostgresCluster::shared().url(control_).reveal());
  write_text(folder_ / "keeper.password", host_.database().password().reveal() + "\n");
  write_text(
      config(),
      fmt::format(k_config, fmt::arg("user", ssh.user), fmt::arg("ssh_port", ssh.port), fmt::arg("key", ssh.identities.front().string()),
                  fmt::arg("known_hosts", ssh.known_hosts.string()), fmt::arg("bench_host", way == BenchWay::here ? "web" : "frappe1"),
                  fmt::arg("bench", host_.bench().string()), fmt::arg("program", host_.program()), fmt::arg("web", host_.web()),
                  fmt::arg("db_port", host_.database().port()), fmt::arg("more", more), fmt::arg("port", port_)));
  write_text(host_.bench() / "sites/assets/logo.txt", "the bench's own asset\n");
  const auto made = tenantctl({"init"});
  if (made.status != 0) throw std::runtime_error("tenantctl init: " + made.err);
  start_nginx();
}

void SiteWorld::start_nginx() {
  const auto rendered = tenantctl({"nginx", "render"});
  if (rendered.status != 0) throw std::runtime_error("tenantctl nginx render: " + rendered.err);
  write_text(folder_ / "conf.d/tenantctl.conf", rendered.out);
  std::string temporary;
  for (const auto* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) temporary += fmt::format("{0}_temp_path tmp_{0};\n", name);
  write_text(folder_ / "nginx.conf",
             fmt::format("{}daemon off;\npid nginx.pid;\nerror_log {}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{}include "
                         "{}/conf.d/*.conf;\n}}\n",
                         ::geteuid() == 0 ? "user root;\n" : "", folder_.path().string(), temporary, folder_.path().string()));
  nginx_.start(
      {.argv = {"nginx", "-p", folder_.path().string(), "-c", (folder_ / "nginx.conf").string(), "-e", (folder_ / "error.log").string()},
       .log = folder_ / "error.log"},
      [this] { return fs::exists(folder_ / "nginx.pid"); });
}

CliResult SiteWorld::tenantctl(std::vector<std::string> arguments, const std::vector<std::string>& environment) const {
  arguments.insert(arguments.begin(), program(build_for(arguments, environment)));
  return run(arguments, environment);
}

CliResult SiteWorld::run_under(std::vector<std::string> wrapper, const std::vector<std::string>& arguments, Build build) const {
  wrapper.push_back(program(build));
  wrapper.insert(wrapper.end(), arguments.begin(), arguments.end());
  return run(wrapper, {});
}

CliResult SiteWorld::run_noting_pid(const std::vector<std::string>& arguments, const fs::path& pid_file) const {
  std::vector<std::string> argv{"sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", pid_file.string(), program(Build::tests)};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run(argv, {});
}

CliResult SiteWorld::run(const std::vector<std::string>& argv, const std::vector<std::string>& environment) const {
  auto all = environment;
  all.push_back("TENANTCTL_CONFIG=" + config().string());
  LocalShell shell;
  const auto outcome = shell.run({.argv = argv, .environment = all, .folder = "/", .limit = std::chrono::seconds(120)});
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  const CliResult result{
      .status = outcome->signal != 0 ? 128 + outcome->signal : outcome->exit_status, .out = outcome->out, .err = outcome->err};
  if (result.status == k_killed) outlive_locks();
  return result;
}

/// PostgreSQL notices that a client was killed once its statement has ended; until then the tenant is locked.
void SiteWorld::outlive_locks() const {
  const auto control = session(PostgresCluster::shared().url(control_));
  const auto* locked =
      "select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())";
  for (int i = 0; i < 200 && !test::ask(control, locked).empty(); ++i) ::usleep(10'000);
}

std::string SiteWorld::ask(const std::string& host, const std::string& path, const std::string& body) const {
  const auto head =
      body.empty() ? std::string() : fmt::format("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.size());
  return send_raw(port_, fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n{}", body.empty() ? "GET" : "POST", path,
                                     host, head, body));
}

std::vector<std::string> SiteWorld::leftovers() const {
  std::vector<std::string> left;
  const auto add_files = [&](const fs::path& folder, const std::set<std::string>& expected) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (!expected.contains(entry.path().filename().string())) left.push_back(entry.path().string());
    }
  };
  add_files(host_.bench() / "sites", {"apps.txt", "common_site_config.json", "assets"});
  add_files(host_.bench(), {"sites", "logs", "standin"});
  add_files(folder_ / "nginx/routes/erp", {".lock"});
  add_files(credentials(), {".lock"});
  if (const auto names = host_.database().named("erp_"); !names.empty()) left.push_back("in MariaDB: " + names);
  const auto control = session(PostgresCluster::shared().url(control_));
  if (const auto count = test::ask(control, "select count(*) from tenants"); count != "0")
    left.push_back(count + " tenants in the control database");
  return left;
}

void SiteWorld::sql(const std::string& statement) const { (void)test::ask(session(PostgresCluster::shared().url(control_)), statement); }

std::string SiteWorld::journal() const {
  const auto control = session(PostgresCluster::shared().url(control_));
  return test::ask(control, "select coalesce(string_agg(o::text, ' '), '') from operations o") +
         test::ask(control, "select coalesce(string_agg(e::text, ' '), '') from step_events e");
}

std::vector<std::string> SiteWorld::everything() const {
  std::vector<std::string> all{journal(), host_.database().named("erp_")};
  for (const auto& folder : {host_.bench() / "sites", host_.bench() / ".tenantctl", folder_ / "nginx", credentials()}) {
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
      if (entry.is_regular_file()) all.push_back(entry.path().string() + " " + read_text(entry.path()));
    }
  }
  std::ranges::sort(all);
  return all;
}

void SiteWorld::cut_off_from_control() const {
  (void)test::ask(
      session(PostgresCluster::shared().url(control_)),
      "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
}

void SiteWorld::lead_through(int port) {
  ssh_.know_at(port);
  auto text = read_text(config());
  const auto own = fmt::format("@127.0.0.1:{}\"", ssh_.host().port);
  const auto at = text.find(own);
  if (at == std::string::npos) throw std::runtime_error("the configuration has no " + own);
  write_text(config(), text.replace(at, own.size(), fmt::format("@127.0.0.1:{}\"", port)));
}

void SiteWorld::forget_everything() const {
  (void)test::ask(session(PostgresCluster::shared().url(control_)), "drop schema public cascade; create schema public");
  const auto made = tenantctl({"init"});
  if (made.status != 0) throw std::runtime_error("tenantctl init: " + made.err);
}

}  // namespace tenantctl::test
