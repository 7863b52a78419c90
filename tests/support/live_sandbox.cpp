#include "support/live_sandbox.hpp"

#include <unistd.h>
#include <thread>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

#include "adapters/http/curl_probe.hpp"
#include "adapters/postgres/connection.hpp"
#include "adapters/process/local_shell.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

void list_files(const fs::path& folder, Inventory& inventory) {
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored)) inventory.push_back("file " + entry.path().string());
  }
}

CliResult run_program(const ShellCommand& command) {
  LocalShell shell;
  const auto outcome = shell.run(command);
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  return {.status = outcome->signal != 0 ? 128 + outcome->signal : outcome->exit_status, .out = outcome->out, .err = outcome->err};
}

}  // namespace

std::string program(Build build) {
  return std::string(build == Build::release ? TENANTCTL_RELEASE_BIN_DIR : TENANTCTL_BIN_DIR) + "/tenantctl";
}

Build build_for(const std::vector<std::string>& args, const std::vector<std::string>& environment) {
  static const char* const plain = std::getenv("TENANTCTL_PLAIN_RUNS");
  const auto asks_for_failpoints = [](const auto& word) { return word.starts_with("TENANTCTL_FAILPOINT=") || word == "failpoints"; };
  const bool needs_them = std::ranges::any_of(environment, asks_for_failpoints) || std::ranges::any_of(args, asks_for_failpoints);
  return plain != nullptr && std::string_view(plain) == "release" && !needs_them ? Build::release : Build::tests;
}

LiveSandbox& LiveSandbox::get() {
  static LiveSandbox sandbox;
  is_made_ = true;
  return sandbox;
}

LiveSandbox::LiveSandbox() : dir_(folder_ / "sandbox"), config_(dir_ / "tenantctl.yaml") {
  fs::permissions(folder_.path(), fs::perms(0755));  // as root, the servers run as another user
  repair();
  // No machine crashes here, and every DROP DATABASE waits for a checkpoint.
  sql("alter system set fsync = off");
  sql("select pg_reload_conf()");
}

LiveSandbox::~LiveSandbox() { (void)run({"sandbox", "down", "--purge", "--yes", "--dir", dir_.string()}); }

void LiveSandbox::repair() {
  const auto up = run({"sandbox", "up", "--dir", dir_.string(), "-o", "json"});
  if (up.status != 0) throw std::runtime_error("sandbox up: " + up.err);
  status_ = up.json();
}

CliResult LiveSandbox::run(const std::vector<std::string>& args, const std::vector<std::string>& environment) const {
  return run_under({}, args, environment, build_for(args, environment));
}

CliResult LiveSandbox::run_under(std::vector<std::string> wrapper, const std::vector<std::string>& args,
                                 const std::vector<std::string>& environment, Build build) const {
  auto argv = std::move(wrapper);
  argv.push_back(program(build));
  argv.insert(argv.end(), args.begin(), args.end());
  auto variables = environment;
  variables.push_back("TENANTCTL_CONFIG=" + config().string());
  auto result = run_program({.argv = argv, .environment = variables, .folder = "/", .limit = std::chrono::minutes(1)});
  if (result.status == k_killed) outlive_locks();
  return result;
}

void LiveSandbox::outlive_locks() const {
  try {
    for (int i = 0; i < 200 && !sql("select 1 from pg_locks where locktype = 'advisory'").empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  } catch (const std::runtime_error&) {  // with no server there is no lock
  }
}

CliResult LiveSandbox::bash(const std::string& script) const {
  return run_program(
      {.argv = {"bash", "-c", script}, .environment = {"TENANTCTL_CONFIG=" + config().string(), "T=" + program(Build::tests)}});
}

nlohmann::json LiveSandbox::create(const std::string& slug, std::vector<std::string> more) const {
  std::vector<std::string> args{"create", slug, "--email", "admin@" + slug + ".test", "-o", "json"};
  args.insert(args.end(), more.begin(), more.end());
  const auto made = run(args);
  INFO(made.err);
  REQUIRE(made.status == 0);
  return made.json();
}

void LiveSandbox::remove(const std::string& slug) const {
  const auto create =
      sql("select id from operations where slug = '" + slug + "' and kind = 'create' order by started_at desc limit 1", "tenantctl");
  REQUIRE(create.size() == 1);
  const auto removed = run({"rollback", create.front(), "--yes"});
  INFO(removed.err);
  REQUIRE(removed.status == 0);
}

void LiveSandbox::clear() {
  use({});
  repair();
  free_names();
  for (const auto& operation : sql("select id from operations where state in ('running', 'undoing', 'stuck')", "tenantctl"))
    run({"rollback", operation, "--yes"});
  for (const auto& create :
       sql("select o.id from operations o join tenants t on t.id = o.tenant where o.kind = 'create' and t.status <> 'deleted'",
           "tenantctl")) {
    run({"rollback", create, "--yes"});
  }
}

std::string LiveSandbox::get(const std::string& host, const std::string& path) const {
  CurlProbe probe;
  const auto answer = probe.get(
      {.address = "http://127.0.0.1:" + std::to_string(status_.at("http_port").get<int>()), .host = *HostName::parse(host), .path = path});
  return answer ? std::to_string(answer->status) + "\n" + answer->body : "";
}

bool LiveSandbox::is_live(const std::string& slug) const { return get(slug + ".yourapp.test", "/api/method/ping").starts_with("200\n"); }

std::vector<std::string> LiveSandbox::sql(const std::string& statement, const std::string& database) const {
  const auto url = "host=" + status_.at("postgres").at("socket_dir").get<std::string>() +
                   " port=" + std::to_string(status_.at("postgres").at("port").get<int>()) + " user=tenantctl dbname=" + database;
  auto connection = postgres::Connection::open(Secret(url), postgres::Peer::server);
  if (!connection) throw std::runtime_error(full_message(connection.error()));
  const auto rows = (*connection)->script(statement);
  if (!rows) throw std::runtime_error(statement + ": " + full_message(rows.error()));
  std::vector<std::string> column;
  for (int i = 0; i < rows->count(); ++i) column.push_back(rows->text(i, 0));
  return column;
}

Inventory LiveSandbox::inventory() const {
  Inventory inventory;
  for (const auto& name : sql("select 'database ' || datname from pg_database where datname not in ('postgres', 'template0', 'template1', "
                              "'tenantctl', 'sandbox_shared') "
                              "and datname !~ '^tctl_tpl_.*[0-9a-f]{12}$' order by 1"))
    inventory.push_back(name);
  for (const auto& name : sql("select 'role ' || rolname from pg_roles where rolname !~ '^pg_' and rolname not in ('tenantctl', "
                              "'tenantctl_template') order by 1"))
    inventory.push_back(name);
  for (const auto& what : left_in_shared_database()) inventory.push_back(what);
  for (const auto& row : sql("select 'tenant ' || slug from tenants where status <> 'deleted' union all select 'host ' || host from "
                             "tenant_domains union all select 'setting ' || key from "
                             "tenant_configurations union all select 'certificate ' || name from certificates union all select 'operation "
                             "' || id || ' ' || state from operations where state in "
                             "('running', 'undoing', 'stuck') order by 1",
                             "tenantctl"))
    inventory.push_back(row);
  for (const auto* folder : {"nginx/tenantctl/routes", "nginx/tenantctl/suspended", "nginx/tenantctl/sites", "nginx/tenantctl/domains",
                             "nginx/tenantctl/certs", "tls/etc/renewal", "credentials"})
    list_files(dir_ / folder, inventory);
  return inventory;
}

/// The database itself stays once it was made, as it was made.
std::vector<std::string> LiveSandbox::left_in_shared_database() const {
  if (sql("select 1 from pg_database where datname = 'sandbox_shared'").empty()) return {};
  return sql(
      "select 'schema ' || nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('public', 'information_schema')"
      " union all select 'grant on the shared database to ' || coalesce(r.rolname, 'PUBLIC') from pg_database d, aclexplode(d.datacl) a"
      "   left join pg_roles r on r.oid = a.grantee where d.datname = 'sandbox_shared' and a.grantee <> d.datdba"
      " union all select 'setting of a role' from pg_db_role_setting"
      " union all select 'default privileges' from pg_default_acl"
      " union all select 'object in public ' || relname from pg_class where relnamespace = 'public'::regnamespace"
      " union all select 'large object' from pg_largeobject_metadata order by 1",
      "sandbox_shared");
}

void LiveSandbox::stop_postgres(int signal) const {
  const int pid = pid_of("postgres");
  REQUIRE(pid > 1);
  REQUIRE(::kill(pid, signal) == 0);
  for (int i = 0; i < 1000 && ::kill(pid, 0) == 0; ++i) ::usleep(10'000);
}

int LiveSandbox::pid_of(const std::string& server) const {
  const auto now = run({"sandbox", "status", "--dir", dir_.string(), "-o", "json"});
  return now.json().at("servers").at(server).at("pid").get<int>();
}

}  // namespace tenantctl::test
