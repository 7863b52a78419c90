// The making and dropping of schemas in a shared database when something goes wrong in the middle, or many do it at once.
#include <algorithm>
#include <array>
#include <thread>

#include "support/postgres_schemas.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

TemplateSource with_file(const std::string& name, const std::string& text) {
  auto source = contract_template();
  source.schema.push_back({.name = name, .text = text});
  return source;
}

/// What of the tenant's schema is there, seen by somebody else.
std::string tables_of(const TenantDatabase& names) {
  return ask(root_in(),
             "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = '" + names.schema->str() + "'");
}

/// Runs `meanwhile` once a session of ours sleeps in the file "slow.sql"; returns what the making of the schema ended with.
Result<DatabaseName> interrupted_create(PostgresServer& server, const TenantDatabase& names, const std::function<void()>& meanwhile) {
  Result<DatabaseName> outcome = fail(ErrorCode::internal, "not run");
  std::thread maker([&] { outcome = server.create_database(names, with_file("slow.sql", "select pg_sleep(30)")); });
  const auto watcher = root_in();
  for (int i = 0;
       i < 1000 &&
       ask(watcher, "select 1 from pg_stat_activity where query like '%pg_sleep(30)' and state = 'active' and pid <> pg_backend_pid()")
           .empty();
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  meanwhile();
  maker.join();
  return outcome;
}

/// The name that a shared database has until it is whole.
std::string half_made(const std::string& shared) {
  return ask(root_in("postgres"), "select 'tctl_tpl_shared_' || left(encode(sha256('" + shared + "'), 'hex'), 12) || '_b'");
}

}  // namespace

TEST_CASE("a server that ends the session in the middle of a file leaves nothing of the schema") {
  PostgresServer server(superuser().url);
  make_tenant(server, new_names());
  const auto names = new_names();
  REQUIRE_OK(server.create_roles(names, {}));

  const auto outcome = interrupted_create(server, names, [] {
    ask(root_in(), "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(30)' and pid <> pg_backend_pid()");
  });

  CHECK_FALSE(outcome);
  CHECK(tables_of(names) == "0");
  CHECK(presence(server.observe_database(names)) == Presence::absent);
  REQUIRE_OK(server.create_database(names, contract_template()));
  CHECK(presence(server.observe_database(names)) == Presence::complete);
}

TEST_CASE("who takes an operation over ends the making of its schema, of which nothing is left") {
  const auto operation = *OperationId::parse("3c1f7a52-9d0e-4a7b-8f52-0c6a4b1d9e11");
  std::int64_t fence = 1;
  const auto claim = [&] {
    return Claim{.ticket = {.id = operation, .fence = fence}, .still_ours = [&fence, mine = fence]() -> Result<void> {
                   if (mine == fence) return {};
                   return fail(ErrorCode::fenced, "taken over");
                 }};
  };
  PostgresServer plain(superuser().url);
  make_tenant(plain, new_names());
  const auto names = new_names();
  REQUIRE_OK(plain.create_roles(names, {}));
  PostgresServer first(superuser().url);
  first.begin(claim());

  const auto outcome = interrupted_create(first, names, [&] {
    fence = 2;
    PostgresServer second(superuser().url);
    second.begin(claim());
    CHECK(presence(second.observe_database(names)) == Presence::absent);
  });

  CHECK_FALSE(outcome);
  CHECK(tables_of(names) == "0");
  CHECK_FALSE(first.create_database(names, contract_template()));  // finds its sessions ended
  CHECK(code_of(first.create_database(names, contract_template())) == ErrorCode::fenced);
}

TEST_CASE("a session inside the shared database that is opened after the fence was raised is refused") {
  std::int64_t fence = 1;
  const Claim claim{.ticket = {.id = *OperationId::parse("5e2b9c14-7a3d-4f60-8b1e-2d9c7f4a6b33"), .fence = 1},
                    .still_ours = [&fence]() -> Result<void> {
                      if (fence == 1) return {};
                      return fail(ErrorCode::fenced, "taken over");
                    }};
  PostgresServer plain(superuser().url);
  const auto names = new_names();
  make_tenant(plain, names);
  PostgresServer slow(superuser().url);
  slow.begin(claim);
  REQUIRE_OK(slow.observe_roles(names));  // its session on the maintenance database stays open
  fence = 2;

  CHECK(code_of(slow.drop_database(names)) == ErrorCode::fenced);
  CHECK(presence(plain.observe_database(names)) == Presence::complete);
}

TEST_CASE("many tenants of one database come and go at once") {
  std::array<std::string, 12> outcomes;
  std::vector<TenantDatabase> names;
  for (std::size_t i = 0; i < outcomes.size(); ++i) names.push_back(new_names("schemas_crowded"));
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    workers.emplace_back([&, i] {
      PostgresServer server(superuser().url);
      const auto note = [&](const auto& outcome) {
        if (!outcome && outcomes[i].empty()) outcomes[i] = full_message(outcome.error());
      };
      for (int round = 0; round < 3; ++round) {
        note(server.create_roles(names[i], {}));
        note(server.create_database(names[i], contract_template()));
        for (int again = 0; again < 5; ++again) note(server.grant_access(names[i]));
        note(server.drop_database(names[i]));
        note(server.drop_roles(names[i]));
      }
    });
  }
  for (auto& worker : workers) worker.join();

  CHECK(outcomes == std::array<std::string, 12>{});
}

TEST_CASE("a file that ends the transaction is named, and what it committed counts as half made and can be dropped") {
  PostgresServer server(superuser().url);
  for (const std::string text : {"create table half (id int); commit;", "commit; begin;", "rollback; begin;"}) {
    const auto names = new_names();
    REQUIRE_OK(server.create_roles(names, {}));

    const auto outcome = server.create_database(names, with_file("dump.sql", text));

    INFO(text);
    CHECK(code_of(outcome) == ErrorCode::sql_failed);
    CHECK_THAT(full_message(outcome.error()), Catch::Contains("file \"dump.sql\" ends the transaction"));
    CHECK(presence(server.observe_database(names)) == (text.starts_with("rollback") ? Presence::absent : Presence::partial));
    REQUIRE_OK(server.create_database(names, contract_template()));
    CHECK(tables_of(names) != "0");
    REQUIRE_OK(server.drop_database(names));
    CHECK(presence(server.observe_database(names)) == Presence::absent);
  }
}

TEST_CASE("a file that leaves the schema is refused where tenants may not write, and its settings do not outlive it") {
  PostgresServer server(superuser().url);
  const auto names = new_names();
  REQUIRE_OK(server.create_roles(names, {}));

  const auto dump =
      server.create_database(names, with_file("dump.sql", "create table fine (id int);\ncreate table public.couriers (id int);"));
  CHECK(code_of(dump) == ErrorCode::permission_denied);
  CHECK_THAT(full_message(dump.error()), Catch::Contains("dump.sql"));

  auto source = with_file("settings.sql", "set search_path = public; reset role;");
  source.schema.push_back({.name = "after.sql", .text = "create table after (id int);"});
  REQUIRE_OK(server.create_database(names, source));
  CHECK(ask(root_in(), "select pg_get_userbyid(relowner) from pg_class where oid = '" + in(names, "after") + "'::regclass") ==
        names.owner.str());
}

TEST_CASE("two that need the same shared database at once both get it, closed to PUBLIC, also after a builder that was killed") {
  const std::string shared = "schemas_raced";
  const auto unfinished = half_made(shared);
  ask(root_in("postgres"), "create database " + unfinished);
  PostgresServer watcher(superuser().url);
  const auto left = watcher.inventory();
  REQUIRE_OK(left);
  CHECK(std::any_of(left->things.begin(), left->things.end(),
                    [&](const Thing& thing) { return thing.kind == ThingKind::half_template && thing.name == unfinished; }));

  std::array<std::string, 4> outcomes;
  std::array<TenantDatabase, 4> names{new_names(shared), new_names(shared), new_names(shared), new_names(shared)};
  std::array<std::thread, 4> makers;
  for (std::size_t i = 0; i < makers.size(); ++i) {
    makers[i] = std::thread([&, i] {
      PostgresServer server(superuser().url);
      const auto roles = server.create_roles(names[i], {});
      const auto made = server.create_database(names[i], contract_template());
      outcomes[i] = !roles ? full_message(roles.error()) : !made ? full_message(made.error()) : "";
    });
  }
  for (auto& maker : makers) maker.join();

  CHECK(outcomes == std::array<std::string, 4>{});
  CHECK(ask(root_in(shared), "select has_database_privilege('public', current_database(), 'connect, temporary')") == "f");
  CHECK(ask(root_in("postgres"), "select count(*) from pg_database where datname = '" + unfinished + "'") == "0");
}

TEST_CASE("undoing a create that was killed while it made the shared database leaves no half of that") {
  const std::string shared = "schemas_never_made";
  ask(root_in("postgres"), "create database " + half_made(shared));
  PostgresServer server(superuser().url);

  REQUIRE_OK(server.drop_database(new_names(shared)));

  CHECK(ask(root_in("postgres"), "select count(*) from pg_database where datname = '" + half_made(shared) + "'") == "0");
}

TEST_CASE("a schema is dropped under the hands of an application that holds its tables, with what it made itself") {
  for (const auto& provisioner : {superuser(), ordinary_provisioner()}) {
    PostgresServer server(provisioner.url);
    const auto names = tenant_in(server, "schemas_" + std::string(provisioner.stack == "by-superuser" ? "one" : "two"));
    const auto application = as_tenant(names);
    ask(application, "create table own (id int); create function own_function() returns int language sql as 'select 1'");
    ask(application, "select lo_create(0)");
    ask(application, "begin; lock table couriers in share mode; select 1");

    REQUIRE_OK(server.drop_database(names));
    REQUIRE_OK(server.drop_roles(names));

    CHECK(ended(application));
    const auto look = root_in(names.database.str());
    CHECK(ask(look, "select count(*) from pg_namespace where nspname = '" + names.schema->str() + "'") == "0");
    CHECK(ask(look, "select count(*) from pg_roles where rolname in ('" + names.login.str() + "', '" + names.owner.str() + "')") == "0");
    CHECK(ask(look, "select count(*) from pg_largeobject_metadata") == "0");
  }
}
