// Faults and strangers on a database server: half-done drops, planted names, held templates, lost connections.
#include <thread>

#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/template_builder.hpp"
#include "contract/database_server_contract.hpp"
#include "support/postgres_provisioner.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

Session root() { return session(PostgresCluster::shared().url()); }

std::string count_databases(const Session& session, const std::string& pattern) {
  return ask(session, "select count(*) from pg_database where datname like '" + pattern + "'");
}

/// A source that no other test builds.
TemplateSource own_template() {
  auto source = contract_template("hazards");
  source.schema.push_back({.name = "own.sql", .text = fmt::format("create table own_{} (id int);", next_number())});
  return source;
}

}  // namespace

TEST_CASE("a database whose drop was cut off is partial, and is dropped and made again") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = contract_names(next_number());
    make_tenant(server, names, provisioner.stack);
    ask(root(), "update pg_database set datconnlimit = -2 where datname = '" + names.database.str() + "'");
    CHECK(presence(server.observe_database(names)) == Presence::partial);
    CHECK(presence(server.observe_access(names)) == Presence::partial);

    make_tenant(server, names, provisioner.stack);

    CHECK(presence(server.observe_access(names)) == Presence::complete);
  }
}

TEST_CASE("a database whose drop was cut off is dropped by undoing") {
  PostgresServer server(superuser().url);
  const auto names = contract_names(next_number());
  make_tenant(server, names, superuser().stack);
  ask(root(), "update pg_database set datconnlimit = -2 where datname = '" + names.database.str() + "'");

  REQUIRE_OK(server.drop_database(names));

  CHECK(presence(server.observe_database(names)) == Presence::absent);
}

TEST_CASE("a database is dropped while its login has sessions in it") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = contract_names(next_number());
    make_tenant(server, names, provisioner.stack);
    REQUIRE_OK(server.enable_login(names, Secret("pw")));
    const auto busy = session(PostgresCluster::shared().tcp_url(names.database.str(), names.login.str(), "pw"));

    REQUIRE_OK(server.drop_database(names));

    CHECK(presence(server.observe_database(names)) == Presence::absent);
  }
}

TEST_CASE("roles are dropped although they own things in other databases") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = contract_names(next_number());
    REQUIRE_OK(server.create_roles(names, {}));
    const auto elsewhere = fmt::format("elsewhere_{}", next_number());
    ask(root(), "create database " + elsewhere);
    ask(session(PostgresCluster::shared().url(elsewhere)), "create schema theirs authorization " + names.login.str());

    REQUIRE_OK(server.drop_roles(names));

    CHECK(presence(server.observe_roles(names)) == Presence::absent);
  }
}

TEST_CASE("roles are dropped although others gave them rights, and what those own stays") {
  PostgresServer server(superuser().url);
  const auto names = contract_names(next_number());
  REQUIRE_OK(server.create_roles(names, {}));
  const auto database = fmt::format("elsewhere_{}", next_number());
  ask(root(), "create database " + database);
  const auto elsewhere = session(PostgresCluster::shared().url(database));
  ask(elsewhere, fmt::format("create table kept (id int); grant select on kept to {0}; grant connect on database {1} to {0}",
                             names.login.str(), database));

  REQUIRE_OK(server.drop_roles(names));

  CHECK(presence(server.observe_roles(names)) == Presence::absent);
  CHECK(ask(elsewhere, "select count(*) from kept") == "0");
}

TEST_CASE("roles that still own a database are not dropped, and the refusal says which") {
  PostgresServer server(superuser().url);
  const auto names = contract_names(next_number());
  make_tenant(server, names, superuser().stack);

  const auto outcome = server.drop_roles(names);

  CHECK(code_of(outcome) == ErrorCode::sql_failed);
  CHECK(full_message(outcome.error()).find(names.database.str()) != std::string::npos);
}

TEST_CASE("a template is closed to everybody, and holds nothing that tenants left in template1") {
  const auto planted = session(PostgresCluster::shared().url("template1"));
  ask(planted, "create table if not exists planted (id int)");
  PostgresServer server(superuser().url);
  const auto name = server.ensure_template(own_template());
  REQUIRE_OK(name);

  CHECK_FALSE(postgres::Connection::open(PostgresCluster::shared().url(name->str()), postgres::Peer::server).has_value());
  CHECK(ask(root(), "select datacl::text from pg_database where datname = '" + name->str() + "'") == "{tenantctl=CTc/tenantctl}");
  const auto names = contract_names(next_number());
  REQUIRE_OK(server.create_roles(names, {}));
  REQUIRE_OK(server.create_database(names, own_template()));
  REQUIRE_OK(server.grant_access(names));
  const auto clone = session(PostgresCluster::shared().url(names.database.str()));
  CHECK(sqlstate(clone, "select * from planted") == "42P01");
  ask(planted, "drop table planted");
}

TEST_CASE("two builders of one template end with the same one") {
  const auto source = own_template();
  std::array<std::string, 2> built;
  std::array<std::thread, 2> builders;
  for (std::size_t i = 0; i < 2; ++i) {
    builders[i] = std::thread([&, i] {
      PostgresServer server(PostgresCluster::shared().url());
      const auto name = server.ensure_template(source);
      built[i] = name ? name->str() : full_message(name.error());
    });
  }
  for (auto& builder : builders) builder.join();

  CHECK(built[0] == postgres::template_name(source).value().str());
  CHECK(built[1] == built[0]);
  CHECK(count_databases(root(), built[0] + "%") == "1");
}

TEST_CASE("a half-built template, with a session held in it, is dropped and built again") {
  const auto source = own_template();
  const auto name = postgres::template_name(source).value().str();
  ask(root(), "create database " + name + "_b");
  const auto holder = session(PostgresCluster::shared().url(name + "_b"));
  ask(holder, "create table half (id int)");

  PostgresServer server(superuser().url);
  const auto built = server.ensure_template(source);

  REQUIRE_OK(built);
  CHECK(built->str() == name);
  CHECK(count_databases(root(), name + "%") == "1");
}

TEST_CASE("a builder that finds a session in its template ends it instead of failing") {
  auto source = own_template();
  source.schema.push_back({.name = "slow.sql", .text = "select pg_sleep(0.5);"});
  const auto name = postgres::template_name(source).value().str();
  Session holder;
  std::thread curious([&] {
    for (int i = 0; i < 200 && !holder; ++i) {
      auto opened = postgres::Connection::open(PostgresCluster::shared().url(name + "_b"), postgres::Peer::server);
      if (opened) holder = std::move(*opened);
      else std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });

  PostgresServer server(PostgresCluster::shared().url());
  const auto built = server.ensure_template(source);
  curious.join();

  REQUIRE_OK(built);
  REQUIRE(holder != nullptr);
  CHECK(ended(holder));
}

TEST_CASE("a template of the right name that an ordinary role planted is foreign") {
  const auto source = own_template();
  const auto name = postgres::template_name(source).value().str();
  const auto planter = fmt::format("planter_{}", next_number());
  ask(root(), "create role " + planter + " createdb");
  ask(root(), "create database " + name + " owner " + planter);

  PostgresServer server(superuser().url);

  CHECK(code_of(server.ensure_template(source)) == ErrorCode::foreign_object);
}

TEST_CASE("a schema file that is no plain SQL is refused by name: open transactions, COPY from the client, psql's commands") {
  PostgresServer server(superuser().url);
  for (const auto* text :
       {"begin; create table t (id int);", "create table t (id int); copy t from stdin;\n1\n\\.\n", "\\! touch /tmp/x"}) {
    auto source = own_template();
    source.schema.push_back({.name = "odd.sql", .text = text});

    const auto outcome = server.ensure_template(source);

    CHECK(code_of(outcome) == ErrorCode::sql_failed);
    CHECK(full_message(outcome.error()).find("\"odd.sql\"") != std::string::npos);
  }
}

TEST_CASE("names of stacks that differ by a hyphen make different templates") {
  auto one = own_template();
  auto other = one;
  one.stack = "foo-bar";
  other.stack = "foo_bar";
  other.schema.push_back({.name = "more.sql", .text = "create table more (id int);"});

  CHECK(postgres::template_name(one).value() != postgres::template_name(other).value());
  auto longest = one;
  longest.stack = std::string(31, 'x');
  CHECK(postgres::template_name(longest).value().str().size() + 2 <= 63);
}

TEST_CASE("a server that is down is unreachable and retryable, and is used again once it is back") {
  PostgresCluster cluster({.durability = Durability::real});
  PostgresServer server(cluster.url());
  const auto names = contract_names(next_number());
  REQUIRE_OK(server.create_roles(names, {}));

  cluster.stop(Shutdown::immediate);
  const auto lost = server.observe_roles(names);
  const auto refused = server.observe_roles(names);
  cluster.start();

  CHECK(code_of(lost) == ErrorCode::server_unreachable);
  CHECK(lost.error().retryable);
  CHECK(code_of(refused) == ErrorCode::server_unreachable);
  CHECK(presence(server.observe_roles(names)) == Presence::complete);
}

TEST_CASE("a connection string that is malformed is not repeated in the error, for it may hold a password") {
  for (const auto* text : {"host=x canary-password", "postgresql://u:canary-password@[::1", "user=u password=canary-password bogus=1"}) {
    PostgresServer server{Secret(text)};
    const auto outcome = server.server_info();

    CHECK(code_of(outcome) == ErrorCode::config_invalid);
    CHECK(full_message(outcome.error()).find("canary") == std::string::npos);
  }
}

TEST_CASE("a provisioner without CREATEDB or CREATEROLE is denied, and nothing is left") {
  const auto role = fmt::format("weak_{}", next_number());
  ask(root(), fmt::format("create role {} login password 'weak'", role));
  PostgresServer server(PostgresCluster::shared().tcp_url("postgres", role, "weak"));
  const auto names = contract_names(next_number());

  CHECK(code_of(server.create_roles(names, {})) == ErrorCode::permission_denied);
  CHECK(presence(server.observe_roles(names)) == Presence::absent);
}

TEST_CASE("credentials say where the server's URL leads, unless told otherwise") {
  CHECK(PostgresServer(Secret("postgresql://p@10.0.0.7:6432/postgres")).address().host == "10.0.0.7");
  CHECK(PostgresServer(Secret("postgresql://p@10.0.0.7:6432/postgres")).address().port == 6432);
  CHECK(PostgresServer(Secret("postgresql:///postgres"), {.host = "db.example", .port = 7000}).address().port == 7000);
}
