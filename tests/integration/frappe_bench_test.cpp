// The bench adapter against the stand-in and a real MariaDB: here, and through a real sshd. What a real bench does beyond the
// contract that the stand-in replays is not proved by this.
#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "adapters/frappe/shell_bench.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/ssh/ssh_shell.hpp"
#include "adapters/system/system_entropy.hpp"
#include "support/bench_host.hpp"
#include "support/ssh_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const Secret k_password{"first-user-canary"};
const FirstUser k_user{*EmailAddress::parse("admin@acme.test"), "-Acme \"'; $(touch x) ${Ltd}"};

FrappeSite site_on(const BenchHost& host, const std::string& name, const std::string& database) {
  return {.tenant = *TenantId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), .name = *HostName::parse(name), .database = *DatabaseName::parse(database),
          .bench = host.bench().string(), .program = host.program()};
}

Claim claim_of(std::int64_t fence, std::function<Result<void>()> still_ours = [] { return Result<void>(); }) {
  return {.ticket = {*OperationId::parse("11111111-2222-4333-8444-555555555555"), fence}, .still_ours = std::move(still_ours)};
}

/// A process of tenantctl that works on the host's bench.
struct Worker {
  explicit Worker(const BenchHost& host, Shell& shell, std::int64_t fence = 1, std::chrono::seconds patience = 20s)
      : bench({.host = "frappe1", .keeper = {.user = MariadbServer::k_keeper, .password = host.database().password(), .port = static_cast<std::uint16_t>(host.database().port())},
               .web = host.web(), .patience = patience}, shell, entropy) {
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
void check_gone(const BenchHost& host, const FrappeSite& site) {
  CHECK_FALSE(fs::exists(host.site(site.name.str())));
  CHECK_FALSE(fs::exists(host.bench() / ".tenantctl"));
  CHECK(host.database().named(site.database.str()).empty());
}

}  // namespace

TEMPLATE_TEST_CASE("a site is made with its apps, its values and a user who can log in, and then nothing of it is left", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_whole");

  require_done(worker.bench.make_site(site, ""));
  require_done(worker.bench.install_app(site, "erpnext"));
  require_done(worker.bench.set_config(site, "disable_signup", "1"));
  require_done(worker.bench.set_config(site, "oauth_provider_url", "'https://auth.test/?a=\\'b\\''"));
  require_done(worker.bench.set_region(site, "Cote d'Ivoire", "Africa/Abidjan"));
  require_done(worker.bench.set_administrator(site, k_user, k_password));
  require_done(worker.bench.prove_login(site, k_user.email, k_password));
  require_done(worker.bench.enable_scheduler(site));

  CHECK(worker.bench.observe_site(site)->presence == Presence::complete);
  CHECK(*worker.bench.installed_apps(site) == std::vector<std::string>{"frappe", "erpnext"});
  CHECK_THAT(read_text(host.site(site.name.str()) / "site_config.json"), Contains("\"disable_signup\": 1") && Contains("\"https://auth.test/?a='b'\""));
  const auto rows = host.database().sql("select * from erp_whole.tabSingles; select * from erp_whole.tabUser; select * from erp_whole.`tabHas Role`;");
  CHECK_THAT(rows, Contains("time_zone\tAfrica/Abidjan") && Contains("country\tCote d'Ivoire") && Contains("enable_scheduler\t1"));
  CHECK_THAT(rows, Contains("admin@acme.test\t-Acme \"'; $(touch x) ${Ltd}") && Contains("admin@acme.test\tSystem Manager"));
  CHECK_THAT(host.database().named("erp_whole"), !Contains("_adm"));
  CHECK_FALSE(worker.bench.prove_login(site, k_user.email, Secret("another")));

  require_done(worker.bench.drop_site(site));
  check_gone(host, site);
  require_done(worker.bench.drop_site(site));
}

TEMPLATE_TEST_CASE("no password stands in the bench's log or in any file of it", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_canary");

  require_done(worker.bench.make_site(site, ""));
  require_done(worker.bench.set_administrator(site, k_user, k_password));

  CHECK(host.files_holding(k_password.reveal()).empty());
  CHECK(host.files_holding(host.database().password().reveal()).empty());
  CHECK_THAT(read_text(host.bench() / "logs/bench.log"), Contains("set-password admin@acme.test") && !Contains("password="));
  require_done(worker.bench.drop_site(site));
}

TEMPLATE_TEST_CASE("a site, a database or an account that was there before is left alone", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_taken");
  SECTION("the site") { fs::create_directories(host.site("api.acme.test")); }
  SECTION("the database") { host.database().sql("create database erp_taken"); }
  SECTION("the account") { host.database().sql("create user 'erp_taken'@'10.0.0.1' identified by 'x'"); }
  const auto before = host.database().named("erp_taken");

  const auto made = worker.bench.make_site(site, "");

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::foreign_object);
  static_cast<void>(worker.bench.drop_site(site));
  CHECK(host.database().named("erp_taken") == before);
  CHECK_FALSE(fs::exists(host.site("api.acme.test") / "site_config.json"));
  CHECK_FALSE(fs::exists(host.bench() / ".tenantctl"));
  host.database().sql("drop database if exists erp_taken; drop user if exists 'erp_taken'@'10.0.0.1'");
}

TEMPLATE_TEST_CASE("trap 2: a site whose configuration names another tenant's database is neither used nor dropped", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto neighbour = site_on(host, "api.neighbour.test", "erp_neighbour");
  const auto site = site_on(host, "api.acme.test", "erp_acme");
  require_done(worker.bench.make_site(neighbour, ""));
  require_done(worker.bench.make_site(site, ""));
  write_text(host.site("api.acme.test") / "site_config.json", R"({"db_name": "erp_neighbour", "db_password": "x"})");

  const auto dropped = worker.bench.drop_site(site);

  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code == ErrorCode::foreign_object);
  CHECK_THAT(host.database().named("erp_neighbour"), Contains("erp_neighbour\n"));
  CHECK(fs::exists(host.site("api.acme.test")));
  write_text(host.site("api.acme.test") / "site_config.json", R"({"db_name": "erp_acme"})");
  require_done(worker.bench.drop_site(site));
  require_done(worker.bench.drop_site(neighbour));
}

TEST_CASE("the temporary administrator may touch no database but the site's, also where _ stands for any character", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  const auto site = site_on(host, "api.acme.test", "erp_a_b");
  const Secret password("temporary-pw");
  auto keeper = frappe::DatabaseKeeper{.user = MariadbServer::k_keeper, .password = host.database().password(), .port = static_cast<std::uint16_t>(host.database().port())};
  host.database().sql("create database erp_axb");
  REQUIRE(shell.run(frappe::client(keeper, frappe::make_temporary_administrator(site, password)))->succeeded());
  keeper.user = frappe::temporary_administrator(site);
  keeper.password = password;

  CHECK(shell.run(frappe::client(keeper, "create database erp_a_b; drop database erp_a_b;"))->succeeded());
  CHECK_FALSE(shell.run(frappe::client(keeper, "drop database erp_axb;"))->succeeded());
  CHECK_FALSE(shell.run(frappe::client(keeper, "select * from mysql.user;"))->succeeded());
  host.database().sql("drop database erp_axb;" + frappe::drop_temporary_administrator(site));
}

TEMPLATE_TEST_CASE("what a new-site that fails leaves is dropped, and it can be made again", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_failing");
  host.set_fault("fail_after_database");

  const auto made = worker.bench.make_site(site, "");

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::disk_full);
  CHECK(worker.bench.observe_site(site)->presence == Presence::partial);
  CHECK_THAT(host.database().named("erp_failing"), Contains("erp_failing\n") && !Contains("_adm"));
  SECTION("dropped") {
    require_done(worker.bench.drop_site(site));
    check_gone(host, site);
  }
  SECTION("made again") {
    host.clear_fault("fail_after_database");
    require_done(worker.bench.make_site(site, ""));
    CHECK(worker.bench.observe_site(site)->presence == Presence::complete);
    require_done(worker.bench.drop_site(site));
  }
}

TEST_CASE("a database server that is down or refuses the keeper is told apart, and no claim is left", "[frappe]") {
  MariadbServer& database = MariadbServer::shared();
  BenchHost host(database);
  LocalShell shell;
  SystemEntropy entropy;
  const auto site = site_on(host, "api.acme.test", "erp_down");
  const auto attempt = [&](frappe::DatabaseKeeper keeper) {
    ShellBench bench({.host = "frappe1", .keeper = std::move(keeper), .web = host.web()}, shell, entropy);
    bench.begin(claim_of(1));
    return bench.make_site(site, "");
  };

  const auto refused = attempt({.user = "keeper", .password = Secret("not-the-password"), .port = static_cast<std::uint16_t>(database.port())});
  const auto down = attempt({.user = "keeper", .password = Secret("not-the-password"), .port = 1});

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK_THAT(full_message(refused.error()), !Contains("not-the-password"));
  REQUIRE_FALSE(down);
  CHECK(down.error().code == ErrorCode::server_unreachable);
  check_gone(host, site);
}

TEMPLATE_TEST_CASE("trap 4: an app whose installation failed halfway is whole after the next try", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_apps");
  require_done(worker.bench.make_site(site, ""));
  host.set_fault("fail_install", "erpnext");
  CHECK_FALSE(worker.bench.install_app(site, "erpnext"));
  host.clear_fault("fail_install");

  require_done(worker.bench.install_app(site, "erpnext"));

  CHECK_THAT(host.database().sql("select * from erp_apps.`tabWhole App`"), Contains("erpnext"));
  const auto missing = worker.bench.install_app(site, "nosuch");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, Contains("App nosuch not in apps.txt"));
  CHECK_THAT(missing.error().hint, Contains("bench get-app nosuch"));
  require_done(worker.bench.drop_site(site));
}

TEST_CASE("trap 7: a site from a dump does not keep the dump's administrator password", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  Worker worker(host, shell);
  const auto golden = site_on(host, "golden.test", "erp_golden");
  const auto site = site_on(host, "api.acme.test", "erp_cloned");
  require_done(worker.bench.make_site(golden, ""));
  host.run({"--site", "golden.test", "set-admin-password"}, "golden-password\n");
  const auto administrator = *EmailAddress::parse("administrator@golden.test");
  host.database().sql("update erp_golden.__Auth set name = 'administrator@golden.test'");
  require_done(worker.bench.prove_login(golden, administrator, Secret("golden-password")));
  host.database().sql("update erp_golden.__Auth set name = 'Administrator'");
  std::string dump;
  for (const char* table : {"tabDefaultValue", "tabSingles", "tabUser", "tabHas Role", "tabInstalled Application", "tabWhole App", "__Auth"}) {
    const auto shown = host.database().sql(fmt::format("show create table erp_golden.`{}`", table));
    auto create = shown.substr(shown.find('\t') + 1);
    for (auto at = create.find("\\n"); at != std::string::npos; at = create.find("\\n")) create.replace(at, 2, " ");
    dump += create + ";\n";
  }
  dump += "insert into tabDefaultValue values ('__global', 'installed_apps', '[\"frappe\"]');\n";
  dump += "insert into __Auth values ('Administrator', '" + host.database().sql("select password from erp_golden.__Auth").substr(0, 81) + "');\n";
  write_text(host.bench() / "golden.sql", dump);

  require_done(worker.bench.make_site(site, (host.bench() / "golden.sql").string()));

  CHECK(worker.bench.observe_site(site)->presence == Presence::complete);
  CHECK(host.database().sql("select count(*) from erp_cloned.__Auth") == "1\n");
  CHECK(host.database().sql("select (select password from erp_cloned.__Auth) = (select password from erp_golden.__Auth)") == "0\n");
  require_done(worker.bench.drop_site(site));
  require_done(worker.bench.drop_site(golden));
}

TEMPLATE_TEST_CASE("what an operator's drop-site has archived of the site is removed too, and nothing else there", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_archived");
  require_done(worker.bench.make_site(site, ""));
  write_text(host.bench() / "archived/sites/api.acme.test/site_config.json", R"({"db_name": "somebody_elses"})");
  host.run({"drop-site", "api.acme.test", "--db-root-username", "keeper", "--no-backup"}, host.database().password().reveal() + "\n");
  REQUIRE(fs::exists(host.bench() / "archived/sites/api.acme.test1/site_config.json"));

  require_done(worker.bench.drop_site(site));

  CHECK_FALSE(fs::exists(host.bench() / "archived/sites/api.acme.test1"));
  CHECK(fs::exists(host.bench() / "archived/sites/api.acme.test"));
  check_gone(host, site);
}

/// The shell of a client that dies where its link breaks.
class DyingShell : public Shell {
 public:
  explicit DyingShell(Shell& shell) : shell_(shell) {}
  Result<ShellOutcome> run(const ShellCommand& command) override {
    if (dead_) return fail(ErrorCode::host_unreachable, "the client is dead");
    auto outcome = shell_.run(command);
    dead_ = !outcome;
    return outcome;
  }

 private:
  Shell& shell_;
  bool dead_ = false;
};

TEST_CASE("a new-site whose link broke, or whose client died, is waited for, and is whole then", "[frappe]") {
  BenchHost host;
  SshServer server;
  const auto site = site_on(host, "api.acme.test", "erp_orphan");
  host.set_fault("pause_after_database", "2");
  SshShell shell(server.host());
  DyingShell dying(shell);
  const bool dies = GENERATE(true, false);
  Worker first(host, dies ? static_cast<Shell&>(dying) : shell);
  std::thread cutter([&] {
    for (int i = 0; i < 1000 && host.database().named("erp_orphan").find("erp_orphan\n") == std::string::npos; ++i) std::this_thread::sleep_for(10ms);
    server.end_sessions();
  });
  const auto made = first.bench.make_site(site, "");
  cutter.join();
  Worker next(host, shell, 2);

  if (dies) {
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::outcome_unknown);
    Worker impatient(host, shell, 2, 0s);
    const auto busy = impatient.bench.observe_site(site);
    REQUIRE_FALSE(busy);
    CHECK(busy.error().code == ErrorCode::locked);
    CHECK(next.bench.observe_site(site)->presence == Presence::complete);
    require_done(next.bench.make_site(site, ""));
  } else {
    require_done(made);
    CHECK(next.bench.observe_site(site)->presence == Presence::complete);
  }
  CHECK_THAT(host.database().named("erp_orphan"), !Contains("_adm"));
  require_done(next.bench.drop_site(site));
  check_gone(host, site);
}

TEMPLATE_TEST_CASE("a process whose operation was taken over changes nothing on the host any more", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker paused(host, here.shell, 1);
  Worker next(host, here.shell, 2);
  const auto site = site_on(host, "api.acme.test", "erp_fenced");
  require_done(paused.bench.make_site(site, ""));
  require_done(next.bench.observe_site(site));

  const auto dropped = paused.bench.set_config(site, "late", "1");

  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code == ErrorCode::fenced);
  Worker late(host, here.shell, 1);
  const auto retaken = late.bench.observe_site(site);
  REQUIRE_FALSE(retaken);
  CHECK(retaken.error().code == ErrorCode::fenced);
  CHECK_THAT(read_text(host.site("api.acme.test") / "site_config.json"), !Contains("late"));
  require_done(next.bench.drop_site(site));
  check_gone(host, site);
}

TEST_CASE("a process that goes on in the middle works under its own fence", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  Worker first(host, shell, 1);
  Worker next(host, shell, 2);
  const auto site = site_on(host, "api.acme.test", "erp_middle");
  require_done(first.bench.make_site(site, ""));

  require_done(next.bench.enable_scheduler(site));

  CHECK_FALSE(first.bench.enable_scheduler(site));
  require_done(next.bench.drop_site(site));
  check_gone(host, site);
}

TEST_CASE("whoever only looks needs no operation, and gets no other site's apps", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  Worker worker(host, shell);
  const auto site = site_on(host, "api.acme.test", "erp_looked");
  require_done(worker.bench.make_site(site, ""));
  SystemEntropy entropy;
  ShellBench looker({.host = "frappe1", .keeper = {.user = "", .password = Secret("")}}, shell, entropy);
  auto other = site;
  other.tenant = *TenantId::parse("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee");

  CHECK(*looker.installed_apps(site) == std::vector<std::string>{"frappe"});
  CHECK_FALSE(looker.installed_apps(other));
  CHECK_FALSE(looker.set_config(site, "late", "1"));
  require_done(worker.bench.drop_site(site));
}

TEST_CASE("a command that does not end is ended on the host, with all that it started", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  const auto site = site_on(host, "api.acme.test", "erp_slow");
  const frappe::Caller caller{.site = site, .token = "t", .patience = 5s};
  REQUIRE(shell.run(frappe::claim(caller))->succeeded());

  const auto outcome = shell.run(frappe::guarded(caller, {.argv = {"sh", "-c", "sleep 1000 & echo $! > slow.pid; wait"}, .limit = 1s}));

  REQUIRE(outcome);
  CHECK(outcome->exit_status == 124);
  const auto pid = std::atoi(read_text(host.bench() / "slow.pid").c_str());
  REQUIRE(pid > 1);
  for (int i = 0; i < 250 && ::kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(20ms);
  CHECK(::kill(pid, 0) != 0);
  CHECK(shell.run(frappe::remove(caller))->succeeded());
}

TEST_CASE("a folder that is no bench is told so", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  Worker worker(host, shell);
  auto site = site_on(host, "api.acme.test", "erp_none");
  site.bench = "/no/such/bench";

  const auto seen = worker.bench.observe_site(site);

  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == ErrorCode::file_not_found);
  CHECK_THAT(seen.error().message, Contains("\"/no/such/bench\"") && Contains("\"frappe1\""));
}
