// The stand-in of a bench, held against the contract that was observed on a real one: texts, statuses, files and traps.
#include <catch2/catch.hpp>

#include "support/bench_host.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const std::string k_keeper_password = MariadbServer::shared().password().reveal();

/// `new-site` as an operator types it, with the passwords on standard input.
std::string new_site(const BenchHost& host, const std::string& site, const std::string& database, int* status = nullptr) {
  return host.run({"new-site", site, "--db-name", database, "--db-root-username", "keeper"}, k_keeper_password + "\nadminpw\nadminpw\n",
                  status);
}

std::string drop_site(const BenchHost& host, const std::string& site, int* status = nullptr) {
  return host.run({"drop-site", site, "--db-root-username", "keeper", "--no-backup", "--force"}, k_keeper_password + "\n", status);
}

}  // namespace

TEST_CASE("the stand-in refuses root, and a folder that is no bench", "[frappe]") {
  BenchHost host;
  int status = 0;
  if (::geteuid() == 0) {
    host.clear_fault("allow_root");
    CHECK(host.run({"--site", "a.test", "migrate"}, "", &status) == "WARN: You should not run this command as root\n");
    CHECK(status == 1);
    host.set_fault("allow_root");
  }
  fs::remove(host.bench() / "sites" / "apps.txt");
  CHECK_THAT(host.run({"--site", "a.test", "migrate"}, "", &status), Contains("Error: No such option: --site"));
  CHECK(status == 2);
}

TEST_CASE("trap 1: the stand-in logs its arguments where all can read them, and none of what it was asked for", "[frappe]") {
  BenchHost host;

  const auto said = new_site(host, "a.test", "_trap1");

  CHECK_THAT(said, Contains("*** Scheduler is disabled ***\n"));
  CHECK_THAT(read_text(host.bench() / "logs/bench.log"), Contains("new-site a.test --db-name _trap1"));
  CHECK((fs::status(host.bench() / "logs/bench.log").permissions() & fs::perms::others_read) != fs::perms::none);
  CHECK(host.files_holding(k_keeper_password).empty());
  CHECK(host.files_holding("adminpw").empty());
  drop_site(host, "a.test");
}

TEST_CASE("trap 2: the stand-in's drop-site drops the database that a failed new-site pointed at", "[frappe]") {
  BenchHost host;
  new_site(host, "a.test", "_trap2");

  int status = 0;
  CHECK_THAT(new_site(host, "b.test", "_trap2", &status), Contains("Exception: Database _trap2 already exists"));
  CHECK(status == 1);
  CHECK_THAT(read_text(host.site("b.test") / "site_config.json"), Contains("_trap2"));
  drop_site(host, "b.test", &status);

  CHECK(status == 0);
  CHECK(host.database().named("_trap2").empty());  // a.test's
}

TEST_CASE("the stand-in takes nothing back: what each failure of new-site says and leaves", "[frappe]") {
  BenchHost host;
  int status = 0;

  CHECK_THAT(host.run({"new-site", "a.test", "--db-name", "_left", "--db-root-username", "keeper"}, "wrong\n", &status),
             Contains("pymysql.err.OperationalError: (1045, \"Access denied for user"));
  CHECK(status == 1);
  CHECK(new_site(host, "a.test", "_left", &status) == "Site a.test already exists\n");
  CHECK(status == 1);
  CHECK_THAT(host.run({"new-site", "b.test", "--db-name", "_left"}, "", &status),
             Contains("MySQL root password: ") && Contains("Aborted!"));
  CHECK(fs::exists(host.site("b.test") / "site_config.json"));
  CHECK(host.database().named("_left").empty());
  CHECK_THAT(host.run({"new-site", "c.test", "--db-name", "_left", "--db-root-username", "keeper"}, k_keeper_password + "\n", &status),
             Contains("Set Administrator password: ") && Contains("Aborted!"));
  CHECK_THAT(host.database().named("_left"), Contains("_left\n"));
  CHECK_THAT(drop_site(host, "c.test"), !Contains("Traceback"));
  CHECK(fs::exists(host.bench() / "archived/sites/c.test/site_config.json"));
  CHECK_THAT(drop_site(host, "c.test", &status), Contains("IncorrectSitePath: 404 Not Found: c.test does not exist"));
  CHECK(status == 1);
}

TEST_CASE("trap 4: the stand-in calls an app installed that failed halfway, until it is forced", "[frappe]") {
  BenchHost host;
  new_site(host, "a.test", "_trap4");
  int status = 0;
  CHECK(host.run({"--site", "a.test", "install-app", "nosuch"}, "", &status) == "App nosuch not in apps.txt\n");
  CHECK(status == 1);
  host.set_fault("fail_install", "erpnext");
  CHECK_THAT(host.run({"--site", "a.test", "install-app", "erpnext"}, "", &status),
             Contains("An error occurred while installing erpnext: "));
  CHECK(status == 1);
  host.clear_fault("fail_install");

  CHECK(host.run({"--site", "a.test", "install-app", "erpnext"}, "", &status) == "App erpnext already installed\n");
  CHECK(status == 0);
  CHECK_THAT(host.database().sql("select * from _trap4.`tabWhole App`"), !Contains("erpnext"));
  host.run({"--site", "a.test", "install-app", "--force", "erpnext"}, "", &status);
  CHECK_THAT(host.database().sql("select * from _trap4.`tabWhole App`"), Contains("erpnext"));
  drop_site(host, "a.test");
}

TEST_CASE("trap 5: the stand-in makes a site outside its sites where the name says so", "[frappe]") {
  BenchHost host;

  new_site(host, "../evil.test", "_trap5");

  CHECK(fs::exists(host.bench() / "evil.test/site_config.json"));
  drop_site(host, "../evil.test");
}

TEST_CASE("traps 8 and 9: the stand-in's console, list-apps and commands without a site say nothing of use", "[frappe]") {
  BenchHost host;
  new_site(host, "a.test", "_trap9");
  int status = 1;

  CHECK(host.run({"--site", "a.test", "console"}, "raise Exception\n", &status).empty());
  CHECK(status == 0);
  CHECK(host.run({"--site", "a.test", "list-apps", "--format", "json"}) == "{\"a.test\": []}\n");
  CHECK(host.run({"--site", "a.test", "execute", "frappe.get_installed_apps"}) == "[\"frappe\"]\n");
  host.run({"--site", "a.test", "migrate"});
  CHECK(host.run({"--site", "a.test", "list-apps", "--format", "json"}) == "{\"a.test\": [\"frappe\"]}\n");
  CHECK(host.run({"install-app", "erpnext"}, "", &status).empty());
  CHECK(status == 0);
  CHECK(host.run({"--site", "no.test", "migrate"}, "", &status) == "Site no.test does not exist!\n");
  CHECK(status == 1);
  drop_site(host, "a.test");
}
