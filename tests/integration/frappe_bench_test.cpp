// The bench adapter against the stand-in and a real MariaDB: here, and through a real sshd. What a real bench does beyond the
// contract that the stand-in replays is not proved by this.
#include "support/bench_worker.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const Secret k_first_password{"first-user-canary"};
const Claim k_another_operation{.ticket = {.id = *OperationId::parse("22222222-2222-4333-8444-555555555555"), .fence = 1},
                                .still_ours = [] { return Result<void>(); }};
const FirstUser k_user{*EmailAddress::parse("admin@acme.test"), "-Acme \"'; $(touch x) ${Ltd}"};

/// A standby that was made, and the site that it is to become.
struct Standby {
  explicit Standby(const std::string& database)
      : standby(site_on(host, "api.pool-1.test", database)), site(site_on(host, "api.acme.test", database)) {
    require_done(worker.bench.make_site(standby, ""));
  }
  fs::path claim_of(const FrappeSite& one) const { return host.bench() / ".tenantctl" / (one.name.str() + ".claim"); }
  fs::path folder(const FrappeSite& one) const { return host.site(one.name.str()); }
  void drop_and_check() {
    require_done(worker.bench.drop_site(standby));
    require_done(worker.bench.drop_site(site));
    check_gone(host, site);
  }

  BenchHost host;
  LocalShell shell;
  Worker worker{host, shell};
  FrappeSite standby;
  FrappeSite site;
};

}  // namespace

TEMPLATE_TEST_CASE("a site is made with its apps, its values and a user who can log in, and then nothing of it is left", "[frappe]", Here,
                   OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_whole");

  require_done(worker.bench.make_site(site, ""));
  require_done(worker.bench.install_app(site, "erpnext"));
  require_done(worker.bench.set_config(site, "disable_signup", "1"));
  require_done(worker.bench.set_config(site, "oauth_provider_url", "'https://auth.test/?a=\\'b\\''"));
  require_done(worker.bench.set_region(site, "Cote d'Ivoire", "Africa/Abidjan"));
  require_done(worker.bench.set_administrator(site, k_user, k_first_password));
  require_done(worker.bench.prove_login(site, k_user.email, k_first_password));
  require_done(worker.bench.enable_scheduler(site));

  CHECK(worker.bench.observe_site(site)->presence == Presence::complete);
  CHECK(*worker.bench.installed_apps(site) == std::vector<std::string>{"frappe", "erpnext"});
  CHECK_THAT(read_text(host.site(site.name.str()) / "site_config.json"),
             Contains("\"disable_signup\": 1") && Contains("\"https://auth.test/?a='b'\""));
  const auto rows =
      host.database().sql("select * from erp_whole.tabSingles; select * from erp_whole.tabUser; select * from erp_whole.`tabHas Role`;");
  CHECK_THAT(rows, Contains("time_zone\tAfrica/Abidjan") && Contains("country\tCote d'Ivoire") && Contains("enable_scheduler\t1"));
  CHECK_THAT(rows, Contains("admin@acme.test\t-Acme \"'; $(touch x) ${Ltd}") && Contains("admin@acme.test\tSystem Manager"));
  CHECK_THAT(host.database().named("erp_whole"), !Contains("_adm"));
  CHECK_FALSE(worker.bench.prove_login(site, k_user.email, Secret("another")));

  require_done(worker.bench.drop_site(site));
  check_gone(host, site);
  require_done(worker.bench.drop_site(site));
}

TEMPLATE_TEST_CASE("a standby gets a tenant's name, with its database and apps, and nothing stays under the old one", "[frappe]", Here,
                   OverSsh) {
  TestType here;
  BenchHost host;
  Worker filler(host, here.shell);
  const auto standby = site_on(host, "api.pool-1.test", "erp_standby");
  const auto site = site_on(host, "api.acme.test", "erp_standby");
  require_done(filler.bench.make_site(standby, ""));
  require_done(filler.bench.install_app(standby, "erpnext"));
  Worker taker(host, here.shell);
  taker.bench.begin(k_another_operation);
  CHECK(taker.bench.observe_site(site)->presence == Presence::absent);

  require_done(taker.bench.adopt_site(site, standby.name));

  CHECK(taker.bench.observe_site(site)->presence == Presence::complete);
  CHECK(taker.bench.observe_site(standby)->presence == Presence::absent);
  CHECK_FALSE(fs::exists(host.site(standby.name.str())));
  CHECK(*taker.bench.installed_apps(site) == std::vector<std::string>{"frappe", "erpnext"});
  require_done(taker.bench.set_administrator(site, k_user, k_first_password));
  require_done(taker.bench.prove_login(site, k_user.email, k_first_password));
  CHECK(filler.bench.set_config(standby, "late", "1").error().code == ErrorCode::fenced);
  CHECK(taker.bench.inventory(site.bench)->size() == 1);
  require_done(taker.bench.adopt_site(site, standby.name));
  require_done(taker.bench.drop_site(site));
  require_done(taker.bench.drop_site(standby));
  check_gone(host, site);
}

TEST_CASE("what a killed renaming of a standby has left is gone on with, or dropped under both names", "[frappe]") {
  Standby f("erp_halfway");
  const auto claim = read_text(f.claim_of(f.standby));
  REQUIRE_THAT(claim, Catch::EndsWith("\nmade\n"));
  write_text(f.claim_of(f.site), claim.substr(0, claim.size() - 5) + "\n");
  const std::string after = GENERATE("the claim", "the move", "the end");
  if (after != "the claim") fs::rename(f.folder(f.standby), f.folder(f.site));
  if (after == "the end") write_text(f.claim_of(f.site), claim);
  CHECK(f.worker.bench.observe_site(f.site)->presence == (after == "the end" ? Presence::complete : Presence::partial));
  SECTION("gone on with") {
    require_done(f.worker.bench.adopt_site(f.site, f.standby.name));
    CHECK(f.worker.bench.observe_site(f.site)->presence == Presence::complete);
    CHECK(f.worker.bench.observe_site(f.standby)->presence == Presence::absent);
    require_done(f.worker.bench.drop_site(f.site));
    check_gone(f.host, f.site);
  }
  SECTION("dropped") { f.drop_and_check(); }
}

TEST_CASE("a standby that is not as it was made, or whose new name is taken, is not renamed", "[frappe]") {
  Standby f("erp_refused");
  CHECK(*f.worker.bench.is_whole(f.standby));
  SECTION("it vanished") {
    fs::rename(f.folder(f.standby), f.host.bench() / "aside");
    CHECK_FALSE(*f.worker.bench.is_whole(f.standby));
    CHECK(f.worker.bench.adopt_site(f.site, f.standby.name).error().code == ErrorCode::state_conflict);
    CHECK_FALSE(fs::exists(f.claim_of(f.site)));
    fs::rename(f.host.bench() / "aside", f.folder(f.standby));
  }
  SECTION("it has another database") {
    const auto config = f.folder(f.standby) / "site_config.json";
    const auto text = read_text(config);
    write_text(config, R"({"db_name": "somebody_elses"})");
    CHECK(f.worker.bench.adopt_site(f.site, f.standby.name).error().code == ErrorCode::state_conflict);
    write_text(config, text);
  }
  SECTION("the name is taken") {
    write_text(f.folder(f.site) / "site_config.json", R"({"db_name": "somebody_elses"})");
    CHECK(f.worker.bench.adopt_site(f.site, f.standby.name).error().code == ErrorCode::foreign_object);
    CHECK_THAT(read_text(f.folder(f.site) / "site_config.json"), Contains("somebody_elses"));
    fs::remove_all(f.folder(f.site));
  }
  CHECK(f.worker.bench.observe_site(f.standby)->presence == Presence::complete);
  f.drop_and_check();
}

TEST_CASE("whoever was taken over renames no standby, before it was dropped nor after", "[frappe]") {
  Standby f("erp_late");
  auto& first = f.worker;
  REQUIRE(first.bench.observe_site(f.site));
  Worker second(f.host, f.shell, 2);
  REQUIRE(second.bench.observe_site(f.standby)->presence == Presence::complete);
  REQUIRE(second.bench.observe_site(f.site)->presence == Presence::absent);

  CHECK(first.bench.adopt_site(f.site, f.standby.name).error().code == ErrorCode::fenced);
  CHECK(fs::exists(f.folder(f.standby)));
  require_done(second.bench.drop_site(f.standby));
  CHECK(first.bench.adopt_site(f.site, f.standby.name).error().code == ErrorCode::state_conflict);

  CHECK(second.bench.observe_site(f.site)->presence == Presence::absent);
  check_gone(f.host, f.site);
}

TEMPLATE_TEST_CASE("no password stands in the bench's log or in any file of it", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_canary");

  require_done(worker.bench.make_site(site, ""));
  require_done(worker.bench.set_administrator(site, k_user, k_first_password));

  CHECK(host.files_holding(k_first_password.reveal()).empty());
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

TEMPLATE_TEST_CASE("trap 2: a site whose configuration names another tenant's database is neither used nor dropped", "[frappe]", Here,
                   OverSsh) {
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
  auto keeper = frappe::DatabaseKeeper{
      .user = MariadbServer::k_keeper, .password = host.database().password(), .port = static_cast<std::uint16_t>(host.database().port())};
  host.database().sql("create database erp_axb");
  REQUIRE(shell.run(frappe::client(keeper, frappe::make_temporary_administrator(site, password)))->succeeded());
  keeper.user = frappe::temporary_administrator(site);
  keeper.password = password;

  CHECK(shell.run(frappe::client(keeper, "create database erp_a_b; drop database erp_a_b;"))->succeeded());
  CHECK_FALSE(shell.run(frappe::client(keeper, "drop database erp_axb;"))->succeeded());
  CHECK_FALSE(shell.run(frappe::client(keeper, "select * from mysql.user;"))->succeeded());
  host.database().sql("drop database erp_axb;" + frappe::drop_temporary_administrator(site));
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
  for (const char* table :
       {"tabDefaultValue", "tabSingles", "tabUser", "tabHas Role", "tabInstalled Application", "tabWhole App", "__Auth"}) {
    const auto shown = host.database().sql(fmt::format("show create table erp_golden.`{}`", table));
    auto create = shown.substr(shown.find('\t') + 1);
    for (auto at = create.find("\\n"); at != std::string::npos; at = create.find("\\n")) create.replace(at, 2, " ");
    dump += create + ";\n";
  }
  dump += "insert into tabDefaultValue values ('__global', 'installed_apps', '[\"frappe\"]');\n";
  dump += "insert into __Auth values ('Administrator', '" + host.database().sql("select password from erp_golden.__Auth").substr(0, 81) +
          "');\n";
  write_text(host.bench() / "golden.sql", dump);

  require_done(worker.bench.make_site(site, (host.bench() / "golden.sql").string()));

  CHECK(worker.bench.observe_site(site)->presence == Presence::complete);
  CHECK(host.database().sql("select count(*) from erp_cloned.__Auth") == "1\n");
  CHECK(host.database().sql("select (select password from erp_cloned.__Auth) = (select password from erp_golden.__Auth)") == "0\n");
  require_done(worker.bench.drop_site(site));
  require_done(worker.bench.drop_site(golden));
}

TEMPLATE_TEST_CASE("what an operator's drop-site has archived of the site is removed too, and nothing else there", "[frappe]", Here,
                   OverSsh) {
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

TEMPLATE_TEST_CASE("the inventory has every claim, says which site is gone or another's by now, and nothing that we did not claim",
                   "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto whole = site_on(host, "api.acme.test", "erp_whole");
  const auto gone = site_on(host, "api.gone.test", "erp_gone");
  const auto other = site_on(host, "api.other.test", "erp_other");
  for (const auto& site : {whole, gone, other}) require_done(worker.bench.make_site(site, ""));
  fs::rename(host.site(gone.name.str()), host.bench() / "aside");
  const auto config = host.site(other.name.str()) / "site_config.json";
  const auto text = read_text(config);
  write_text(config, R"({"db_name": "somebody_elses"})");
  write_text(host.site("by.hand") / "site_config.json", R"({"db_name": "by_hand"})");
  write_text(host.bench() / ".tenantctl/no.tenant.claim", "not-a-tenant\nx y\n\n");

  const auto things = worker.bench.inventory(whole.bench);

  REQUIRE(things);
  REQUIRE(things->size() == 3);
  const auto detail_of = [&](const FrappeSite& site) {
    for (const auto& thing : *things) {
      if (thing.name == site.name.str() && thing.tenant == site.tenant && thing.owner == site.database.str()) return thing.detail;
    }
    return std::string("not there");
  };
  CHECK(detail_of(whole).empty());
  CHECK_THAT(detail_of(gone), Contains("is not there"));
  CHECK_THAT(detail_of(other), Contains("another database"));
  CHECK(worker.bench.drop_site(other).error().code == ErrorCode::foreign_object);
  write_text(config, text);
  fs::rename(host.bench() / "aside", host.site(gone.name.str()));
  for (const auto& site : {whole, gone, other}) require_done(worker.bench.drop_site(site));
}
