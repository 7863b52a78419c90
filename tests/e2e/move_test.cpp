// `move`: tenants from one database server to another. Real binary, two real PostgreSQLs, nginx and the application.
#include <catch2/catch.hpp>

#include <filesystem>

#include "support/second_server.hpp"
#include "support/tenant_login.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

CliResult move(const std::vector<std::string>& args) {
  std::vector<std::string> all{"move", "-o", "json"};
  all.insert(all.end(), args.begin(), args.end());
  return sandbox().run(all);
}

nlohmann::json moved(const std::vector<std::string>& args) {
  const auto said = move(args);
  INFO(said.err);
  REQUIRE(said.status == 0);
  return said.json();
}

std::string databases_here() {
  return sandbox()
      .sql("select coalesce(string_agg(datname, ' ' order by datname), '') from pg_database where datname like 'demo\\_%'")
      .front();
}
/// Databases and roles of tenants.
std::string things_on(const PostgresCluster& cluster) {
  return ask(
      session(cluster.url()),
      "select coalesce(string_agg(name, ' ' order by name), '') from (select datname as name from pg_database union all select rolname "
      "from pg_roles) t where name like 'demo\\_%'");
}

nlohmann::json shown(const std::string& slug) { return sandbox().run({"show", slug, "-o", "json"}).json()["tenant"]; }

}  // namespace

TEST_CASE("a moved tenant works on the other server with all its data and its old password, and what it left there can't be entered") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second;
  const auto made = sandbox.create("mover", {"--server", "local"});
  ask_tenant(made, "create table notes (text text); insert into notes values ('kept'); create sequence numbers; select nextval('numbers')");
  const auto old_login = url_of(made);
  const auto old_password = credentials_of(made)["password"];

  const auto report = moved({"mover", "--to", "second"});

  CHECK(report["changed"] == true);
  CHECK(report["from"] == "local");
  CHECK(report["tenant"]["server"] == "second");
  CHECK(report["down_ms"].get<int>() > 0);
  CHECK(report["backup"].get<std::string>().size() > 8);
  CHECK(shown("mover")["server"] == "second");
  CHECK(credentials_of(made)["port"] == second.cluster().port());
  CHECK(credentials_of(made)["password"] == old_password);
  CHECK(ask_tenant(made, "select text from notes") == "kept");
  CHECK(ask_tenant(made, "alter table notes add column more int; select nextval('numbers')") == "2");
  CHECK(ask_tenant(made, "select count(*) from couriers") == "440");
  CHECK(sandbox.is_live("mover"));
  CHECK(sandbox.run({"verify", "mover"}).status == 0);
  CHECK(sandbox.run({"doctor"}).status == 0);
  CHECK_FALSE(may_log_in(old_login));
  const auto kept = report["kept"].get<std::string>();
  CHECK(databases_here() == kept);
  CHECK(shown("mover")["old_copies"][0]["database"] == kept);
  CHECK(sandbox.run({"config", "set", "mover", "currency", "EUR"}).status == 0);
  CHECK(ask_tenant(made, "select value from tenantctl.settings where key = 'currency'") == "EUR");

  CHECK(moved({"mover", "--to", "second"})["changed"] == false);
  const auto back = move({"mover", "--to", "local"});
  CHECK(back.status == 5);
  CHECK_THAT(back.error()["hint"].get<std::string>(), Contains("move mover --drop-old"));
  const auto undone = sandbox.run(
      {"rollback", sandbox.sql("select id from operations where kind = 'create' order by started_at desc limit 1", "tenantctl").front(),
       "--yes", "-o", "json"});
  CHECK(undone.status == 5);
  CHECK_THAT(undone.error()["message"].get<std::string>(), Contains("was moved since"));

  CHECK(move({"mover", "--drop-old"}).error()["code"] == "confirmation_required");
  CHECK(moved({"mover", "--drop-old", "--yes"})["dropped"] == nlohmann::json{kept});
  CHECK(databases_here().empty());
  CHECK(shown("mover")["old_copies"].empty());
  // As a kill between the drop and its record leaves it.
  sandbox.sql("insert into old_copies (tenant, server, database) select id, 'local', 'demo_gone_o0000' from tenants where slug = 'mover'",
              "tenantctl");
  const auto returned = moved({"mover", "--to", "local", "--drop-old", "--yes"});
  CHECK(shown("mover")["old_copies"].empty());
  CHECK(returned["kept"].is_null());
  CHECK(things_on(second.cluster()).empty());
  CHECK(ask_tenant(made, "select text from notes") == "kept");
  CHECK(sandbox.is_live("mover"));
  sandbox.remove("mover");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a suspended tenant stays closed when it is moved, and one without a credentials file gets a new password, shown once") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second;
  sandbox.create("shutter", {"--server", "local"});
  REQUIRE(sandbox.run({"suspend", "shutter", "--no-backup"}).status == 0);
  // The demo application reads credentials files, so that this one's page can't answer.
  const auto begun =
      sandbox.run({"create", "typed", "--email", "a@b.test", "--server", "local", "--print-credentials", "--keep-on-failure"});
  REQUIRE(begun.status == 10);
  sandbox.sql("update operations set state = 'succeeded', finished_at = clock_timestamp() where slug = 'typed'", "tenantctl");
  sandbox.sql("update tenants set status = 'active' where slug = 'typed'", "tenantctl");

  const auto of_closed = moved({"shutter", "--to", "second", "--drop-old", "--yes"});
  const auto of_printed = moved({"typed", "--to", "second"});

  CHECK(of_closed["down_ms"].is_null());
  CHECK(ask(session(second.cluster().url()), "select count(*) from pg_roles where rolcanlogin and rolname like 'demo\\_%'") ==
        "1");  // typed's
  CHECK_FALSE(sandbox.is_live("shutter"));
  REQUIRE(sandbox.run({"activate", "shutter"}).status == 0);
  CHECK(sandbox.is_live("shutter"));
  const auto& credentials = of_printed["credentials"];
  CHECK(may_log_in(second.cluster().tcp_url(credentials["database"], credentials["user"], credentials["password"])));
  CHECK(sandbox.run({"operations", "show", of_printed["operation"].get<std::string>(), "-o", "json"})
            .out.find(credentials["password"].get<std::string>()) == std::string::npos);
  REQUIRE(sandbox.run({"delete", "shutter", "--yes"}).status == 0);
  REQUIRE(sandbox.run({"delete", "typed", "--yes"}).status == 0);  // with what it left on the first server
  CHECK(things_on(second.cluster()).empty());
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a move that can't be is refused before anything is touched") {
  auto& sandbox = LiveSandbox::get();
  const auto operations = [&] { return sandbox.run({"operations", "list", "-o", "json"}).out; };
  const auto refused = [&](const std::vector<std::string>& args) {
    const auto before = operations();
    const auto said = move(args);
    CHECK(operations() == before);
    return said;
  };
  sandbox.create("stays");
  sandbox.create("sharer", {"--stack", "shared"});
  sandbox.create("bare");
  fs::remove(sandbox.dir() / "credentials" / "demo" / "bare.json");
  {
    const SecondServer second("", ", max_tenants: 1");
    sandbox.create("there", {"--server", "second"});
    const auto full = refused({"stays", "--to", "second"});
    CHECK(full.status == 8);
    CHECK_THAT(full.error()["message"].get<std::string>(), Contains("has 1 tenants of 1"));
    sandbox.remove("there");
    CHECK(refused({"sharer", "--to", "second"}).status == 5);
    CHECK(refused({"stays", "--to", "third"}).status == 5);
    CHECK(refused({"stays"}).status == 2);
    CHECK(refused({"--all", "--to", "second"}).status == 2);
    CHECK(refused({"nobody", "--to", "second"}).status == 4);
    const auto lost = refused({"bare", "--to", "second"});
    CHECK(lost.status == 4);
    CHECK_THAT(lost.error()["message"].get<std::string>(), Contains("bare.json"));
  }
  {
    const SecondServer second("", ", draining: true");
    CHECK(refused({"stays", "--to", "second"}).status == 5);
  }
  {
    const SecondServer second("", "", "", "C");
    const auto otherwise = refused({"stays", "--to", "second"});
    CHECK(otherwise.status == 5);
    CHECK_THAT(otherwise.error()["message"].get<std::string>(), Contains("sorts text by C/C"));
  }
  {
    // A second name for the same server.
    const auto text = read_text(sandbox.config());
    const auto at = text.find("  local: {");
    const auto line = text.substr(at, text.find('\n', at) - at);
    const ConfigInUse twice(
        changed_config("twice.yaml", {{line, line + "\n  twin:" + line.substr(line.find(" {"))},
                                      {"    server: local\n    name: \"demo", "    servers: [local, twin]\n    name: \"demo"}}));
    const auto twin = refused({"stays", "--to", "twin"});
    CHECK(twin.status == 5);
    CHECK_THAT(twin.error()["message"].get<std::string>(), Contains("another name"));
  }
  CHECK(sandbox.is_live("stays"));
  for (const auto* slug : {"stays", "sharer", "bare"}) sandbox.remove(slug);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("what moves have left goes once it is old enough, and is forgotten where its server is no more") {
  auto& sandbox = LiveSandbox::get();
  std::string kept;
  {
    const SecondServer second;
    sandbox.create("settler", {"--server", "local"});
    sandbox.create("pioneer", {"--server", "local"});
    sandbox.create("migrant", {"--server", "second"});
    kept = moved({"settler", "--to", "second"})["kept"].get<std::string>();
    const auto dropped = moved({"pioneer", "--to", "second"})["kept"].get<std::string>();
    moved({"migrant", "--to", "local"});
    sandbox.sql("update old_copies set since = since - interval '8 days' where database = '" + dropped + "'", "tenantctl");

    const auto report = moved({"--drop-old", "--all", "--keep-days", "7", "--yes"});

    REQUIRE(report["databases"].size() == 1);
    CHECK(report["databases"][0]["database"] == dropped);
    CHECK(databases_here().find(kept) != std::string::npos);
    CHECK(databases_here().find(dropped) == std::string::npos);
    for (const auto* slug : {"settler", "pioneer"}) REQUIRE(sandbox.run({"delete", slug, "--yes"}).status == 0);
  }
  CHECK(databases_here().find(kept) == std::string::npos);  // its deletion took it along
  const auto before = sandbox.run({"delete", "migrant", "--yes", "-o", "json"});
  CHECK(before.status == 3);
  CHECK_THAT(before.error()["hint"].get<std::string>(), Contains("move migrant --drop-old"));
  CHECK(moved({"--drop-old", "--all", "--keep-days", "0", "--yes"})["databases"].empty());  // cron does not forget
  CHECK(moved({"migrant", "--drop-old", "--yes"})["forgotten"].size() == 1);
  REQUIRE(sandbox.run({"delete", "migrant", "--yes"}).status == 0);
  CHECK(sandbox.inventory() == Inventory{});
}
