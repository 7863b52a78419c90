// What is sent to a bench's host, to the last argument and byte of input.
#include "adapters/frappe/bench_commands.hpp"

#include <catch2/catch.hpp>

#include "adapters/frappe/gate_script.hpp"
#include "adapters/frappe/said.hpp"
#include "adapters/frappe/site_sql.hpp"

using namespace tenantctl;
using namespace tenantctl::frappe;
using Argv = std::vector<std::string>;

namespace {

const std::string k_tenant = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

Caller caller() {
  return {.site = {.tenant = *TenantId::parse(k_tenant),
                   .name = *HostName::parse("api.acme.test"),
                   .database = *DatabaseName::parse("erp_a1"),
                   .bench = "~/frappe-bench"},
          .token = "op.3",
          .patience = std::chrono::seconds(60)};
}

/// The arguments behind the gate's own, once these are as they must be.
Argv inner(const ShellCommand& command, const std::string& limit, const std::string& mark = "") {
  const Argv gate{"sh",  "-c", std::string(k_gate_script), "sh", "run", "~/frappe-bench", "api.acme.test", k_tenant, "erp_a1", "op.3", "60",
                  limit, mark};
  REQUIRE(command.argv.size() > gate.size());
  CHECK(Argv(command.argv.begin(), command.argv.begin() + static_cast<std::ptrdiff_t>(gate.size())) == gate);
  CHECK(command.environment.empty());
  return {command.argv.begin() + static_cast<std::ptrdiff_t>(gate.size()), command.argv.end()};
}

const EmailAddress k_email = *EmailAddress::parse("admin@acme.test");

}  // namespace

TEST_CASE("new-site gets its passwords by standard input, and a name for its database") {
  const auto command = new_site(caller(), {.database_password = Secret("dbpw"), .administrator_password = Secret("adminpw")});

  CHECK(inner(command, "900", "made") ==
        Argv{"bench", "new-site", "api.acme.test", "--db-name", "erp_a1", "--db-type", "mariadb", "--db-root-username", "erp_a1_adm"});
  CHECK(command.input == "dbpw\nadminpw\nadminpw\n");
  CHECK(command.limit >= std::chrono::minutes(10) + std::chrono::seconds(60));
}

TEST_CASE("new-site from a dump is not yet a whole site: its administrator's password has to be set") {
  CHECK(inner(new_site(caller(),
                       {.source_sql = "/srv/g.sql", .database_password = Secret("dbpw"), .administrator_password = Secret("adminpw")}),
              "900", "")
            .back() == "/srv/g.sql");
  const auto command = set_administrator_password(caller(), Secret("adminpw"));

  CHECK(inner(command, "120", "made") == Argv{"bench", "--site", "api.acme.test", "set-admin-password"});
  CHECK(command.input == "adminpw\n");
}

TEST_CASE("every other command names its site") {
  CHECK(inner(get_installed_apps(caller()), "120") == Argv{"bench", "--site", "api.acme.test", "execute", "frappe.get_installed_apps"});
  CHECK(inner(install_app(caller(), "erpnext"), "900") == Argv{"bench", "--site", "api.acme.test", "install-app", "--force", "erpnext"});
  CHECK(inner(set_config(caller(), "disable_signup", "1"), "120") ==
        Argv{"bench", "--site", "api.acme.test", "set-config", "-p", "disable_signup", "1"});
  CHECK(inner(enable_scheduler(caller()), "120") == Argv{"bench", "--site", "api.acme.test", "scheduler", "enable"});
  CHECK(inner(add_user(caller(), {k_email, "--x $(id)"}), "120") == Argv{"bench", "--site", "api.acme.test", "add-user", "admin@acme.test",
                                                                         "--first-name=--x $(id)", "--user-type=System User",
                                                                         "--add-role=System Manager"});
  CHECK(inner(set_password(caller(), k_email, Secret("pw")), "120") ==
        Argv{"bench", "--site", "api.acme.test", "set-password", "admin@acme.test"});
  CHECK(set_password(caller(), k_email, Secret("pw")).input == "pw\n");
}

TEST_CASE("what the bench evaluates holds the configuration's values as literals") {
  CHECK(
      inner(set_region(caller(), "Cote d'Ivoire", "Africa/Abidjan"), "120").back() ==
      R"({'doctype': 'System Settings', 'name': 'System Settings', 'fieldname': {'country': 'Cote d\'Ivoire', 'time_zone': 'Africa/Abidjan'}})");
}

TEST_CASE("a login goes to curl by standard input, encoded to the last byte") {
  const auto command = log_in(caller().site, "http://127.0.0.1:8000", k_email, Secret("p&w\"\n"));

  CHECK(command.argv == Argv{"curl", "--config", "-"});
  CHECK_THAT(command.input, Catch::Contains("X-Frappe-Site-Name: api.acme.test") && Catch::Contains("pwd=%70%26%77%22%0A"));
}

TEST_CASE("the database's client gets its password by the environment, and no option file") {
  const auto command = client({.user = "keeper", .password = Secret("dbpw"), .port = 3307}, "select 1;");

  CHECK(command.argv == Argv{"mariadb", "--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--port=3307", "--user=keeper",
                             "--connect-timeout=10", "--batch", "--skip-column-names"});
  CHECK(command.input == "select 1;");
  CHECK(command.environment == Argv{"MYSQL_PWD=dbpw"});
}

TEST_CASE("in a grant, _ is escaped: it stands for any character") {
  CHECK_THAT(make_temporary_administrator(caller().site, Secret("pw")),
             Catch::Contains("grant all on `erp\\_a1`.* to 'erp_a1_adm'@'%' with grant option;"));
}

TEST_CASE("what a command was given in secret is in no error, whatever the bench repeats") {
  const auto command = set_password(caller(), k_email, Secret("canary-pw"));
  const auto error =
      error_of("frappe1", caller().site, command, {.exit_status = 1, .out = "", .err = "Traceback\nValueError: canary-pw is too weak\n"});

  CHECK(error.code == ErrorCode::process_failed);
  CHECK(error.message == "the bench on host \"frappe1\" ended with status 1: ValueError: ******** is too weak");
}

TEST_CASE("the way that a command ended says what is wrong") {
  const auto code = [](const ShellOutcome& outcome) { return error_of("frappe1", caller().site, look(caller()), outcome).code; };
  CHECK(code({.exit_status = 75, .out = "", .err = "tenantctl: no-bench\n"}) == ErrorCode::file_not_found);
  CHECK(code({.exit_status = 75, .out = "", .err = "tenantctl: busy\n"}) == ErrorCode::locked);
  CHECK(code({.exit_status = 75, .out = "", .err = "tenantctl: foreign\n"}) == ErrorCode::foreign_object);
  CHECK(code({.exit_status = 75, .out = "", .err = "tenantctl: unclaimed\n"}) == ErrorCode::fenced);
  CHECK(code({.exit_status = 124, .out = "", .err = ""}) == ErrorCode::timed_out);
  CHECK(code({.exit_status = 1, .out = "WARN: You should not run this command as root\n", .err = ""}) == ErrorCode::permission_denied);
  CHECK(code({.exit_status = 1, .out = "", .err = "Traceback\npymysql.err.OperationalError: (2003, \"Can't connect\")\n"}) ==
        ErrorCode::server_unreachable);
  CHECK(last_words({.exit_status = 1,
                    .out = "Updating : 10%\rUpdating : 100%\nAn error occurred\n",
                    .err = "Warning: Password input may be echoed.\n"}) == "An error occurred");
}
