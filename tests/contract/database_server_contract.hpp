// What every DatabaseServer promises, as tests that run on each implementation. Not the place for what only one kind of
// server shows, such as PostgreSQL's catalogs.
#pragma once
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>

#include "ports/database_server.hpp"

namespace tenantctl::test {

/// What the suite needs besides the server. `number` makes names that no other run used.
struct DatabaseServerWorld {
  DatabaseServer& server;
  int number = 0;
  std::string stack = "contract";  // whose template is used: two owners can't share one
  /// Makes what has the names' database, or their schema, and is not the toolkit's; and such a role.
  std::function<void(const TenantDatabase& names)> plant_database;
  std::function<void(const std::string& name)> plant_role;
  std::string shared = {};  // the database whose schemas the tenants get; empty: each gets a database
};

inline TenantDatabase contract_names(int number, int tenant = 0, const std::string& shared = {}) {
  const auto code = fmt::format("c{:04}{:03}", number, tenant);
  TenantDatabase names{.tenant = *TenantId::parse(fmt::format("00000000-0000-4000-8000-{:08}{:04}", number, tenant)),
                       .database = *DatabaseName::parse(shared.empty() ? "shop_" + code : shared),
                       .owner = *RoleName::parse("o_" + code),
                       .login = *RoleName::parse("t_" + code)};
  if (!shared.empty()) names.schema = *SchemaName::parse("shop_" + code);
  return names;
}

inline TemplateSource contract_template(const std::string& stack = "contract") {
  return {.stack = stack,
          .schema = {{.name = "schema.sql", .text = "create table couriers (id serial primary key, name text not null);"}},
          .seeds = {{.name = "couriers.csv", .text = "name\nAcme Parcels\n\"Bo \"\"Fast\"\", Inc\"\n"}}};
}

/// A DatabaseServer that misreports an error makes this fail with the error's text.
#define REQUIRE_OK(expression)                                        \
  do {                                                                \
    const auto& outcome_ = (expression);                              \
    if (!outcome_) FAIL(::tenantctl::full_message(outcome_.error())); \
    SUCCEED();                                                        \
  } while (false)

inline ErrorCode code_of(const auto& outcome) {
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error().code;
}

inline Presence presence(const Result<Observed>& observed) {
  if (!observed) FAIL(full_message(observed.error()));
  return observed->presence;
}

/// A whole tenant, as a create's steps make it.
inline void make_tenant(DatabaseServer& server, const TenantDatabase& names, const std::string& stack = "contract") {
  REQUIRE_OK(server.create_roles(names, {.connections = 5}));
  REQUIRE_OK(server.create_database(names, contract_template(stack)));
  REQUIRE_OK(server.grant_access(names));
}

/// Call inside a TEST_CASE: every promise is a section of its own.
inline void check_database_server_contract(const DatabaseServerWorld& world) {
  auto& server = world.server;
  const auto names = contract_names(world.number, 0, world.shared);
  const auto source = contract_template(world.stack);

  SECTION("nothing of a tenant is there before it is made") {
    CHECK(presence(server.observe_roles(names)) == Presence::absent);
    CHECK(presence(server.observe_database(names)) == Presence::absent);
    CHECK(presence(server.observe_access(names)) == Presence::absent);
  }

  SECTION("undoing what was never done succeeds") {
    REQUIRE_OK(server.disable_login(names));
    REQUIRE_OK(server.suspend_login(names));
    REQUIRE_OK(server.drop_database(names));
    REQUIRE_OK(server.drop_roles(names));
  }

  SECTION("each part is complete once made, and making it again succeeds") {
    for (int round = 0; round < 2; ++round) {
      make_tenant(server, names, world.stack);
      CHECK(presence(server.observe_roles(names)) == Presence::complete);
      CHECK(presence(server.observe_database(names)) == Presence::complete);
      CHECK(presence(server.observe_access(names)) == Presence::complete);
    }
  }

  SECTION("a login is open or closed, both again and again, and there is none to open before it is made") {
    CHECK(presence(server.observe_login(names)) == Presence::absent);
    CHECK(code_of(server.activate_login(names)) == ErrorCode::sql_failed);
    make_tenant(server, names, world.stack);
    CHECK(presence(server.observe_login(names)) == Presence::absent);
    REQUIRE_OK(server.enable_login(names, Secret("a password")));

    for (int round = 0; round < 2; ++round) {
      for (int again = 0; again < 2; ++again) REQUIRE_OK(server.suspend_login(names));
      CHECK(presence(server.observe_login(names)) == Presence::absent);
      for (int again = 0; again < 2; ++again) REQUIRE_OK(server.activate_login(names));
      CHECK(presence(server.observe_login(names)) == Presence::complete);
    }
  }

  SECTION("a login's limits are what they were last brought to, and there are none to change before it is made") {
    CHECK(code_of(server.limits(names)) == ErrorCode::sql_failed);
    CHECK(code_of(server.set_limits(names, {})) == ErrorCode::sql_failed);
    REQUIRE_OK(server.create_roles(names, {.connections = 7, .statement_timeout_ms = 3000}));
    const RoleLimits none, others{.connections = 3, .statement_timeout_ms = 30'000};
    CHECK(*server.limits(names) == RoleLimits{.connections = 7, .statement_timeout_ms = 3000});
    for (const auto& wanted : {none, others, others, none}) {
      REQUIRE_OK(server.set_limits(names, wanted));
      CHECK(*server.limits(names) == wanted);
    }
  }

  SECTION("access is partial until it is granted") {
    REQUIRE_OK(server.create_roles(names, {}));
    const auto made = server.create_database(names, source);

    CHECK(made.value() == server.template_name(source).value());

    CHECK(presence(server.observe_access(names)) == Presence::partial);
  }

  SECTION("a tenant is absent again once dropped, and dropping it again succeeds") {
    make_tenant(server, names, world.stack);
    for (int round = 0; round < 2; ++round) {
      REQUIRE_OK(server.drop_database(names));
      REQUIRE_OK(server.drop_roles(names));
      CHECK(presence(server.observe_database(names)) == Presence::absent);
      CHECK(presence(server.observe_roles(names)) == Presence::absent);
    }
  }

  SECTION("settings are stored as they are, and replaced") {
    make_tenant(server, names, world.stack);
    const std::map<std::string, std::string> settings{{"company", "O'Neil; drop table x; -- \"{}\" $1 \\ é"}, {"plan", "trial"}};
    REQUIRE_OK(server.write_settings(names, {{"company", "before"}}, MadeOf::files));

    REQUIRE_OK(server.write_settings(names, settings, MadeOf::archive));

    CHECK(server.read_settings(names).value() == settings);
  }

  SECTION("a later version of the settings replaces and removes rows, leaves the others, and is noted") {
    make_tenant(server, names, world.stack);
    REQUIRE_OK(server.write_settings(names, {{"code", "A1B2C3D4"}, {"currency", "EUR"}, {"theme", "dark"}}, MadeOf::files));

    for (int round = 0; round < 2; ++round)
      REQUIRE_OK(
          server.update_settings(names, {.version = 3, .rows = {{"currency", "O'Neil; -- {} $1"}}, .removed = {"theme", "never'there"}}));

    CHECK(server.read_settings(names).value() ==
          std::map<std::string, std::string>{{"code", "A1B2C3D4"}, {"configuration_version", "3"}, {"currency", "O'Neil; -- {} $1"}});
  }

  SECTION("an older version of the settings changes nothing, and is no failure") {
    make_tenant(server, names, world.stack);
    REQUIRE_OK(server.update_settings(names, {.version = 10, .rows = {{"currency", "EUR"}}}));

    REQUIRE_OK(server.update_settings(names, {.version = 9, .rows = {{"currency", "USD"}}, .removed = {"currency"}}));

    CHECK(server.read_settings(names).value() == std::map<std::string, std::string>{{"configuration_version", "10"}, {"currency", "EUR"}});
  }

  SECTION("a foreign database or schema of the wanted name is a conflict, and left alone") {
    world.plant_database(names);
    REQUIRE_OK(server.create_roles(names, {}));

    CHECK(presence(server.observe_database(names)) == Presence::foreign);
    CHECK(code_of(server.create_database(names, source)) == ErrorCode::foreign_object);
    CHECK(code_of(server.grant_access(names)) == ErrorCode::foreign_object);
    CHECK(code_of(server.drop_database(names)) == ErrorCode::foreign_object);
    CHECK(presence(server.observe_database(names)) == Presence::foreign);
  }

  SECTION("a foreign role of a wanted name is a conflict, and left alone") {
    world.plant_role(names.login.str());

    CHECK(presence(server.observe_roles(names)) == Presence::foreign);
    CHECK(code_of(server.create_roles(names, {})) == ErrorCode::foreign_object);
    CHECK(code_of(server.enable_login(names, Secret("x"))) == ErrorCode::foreign_object);
    CHECK(code_of(server.disable_login(names)) == ErrorCode::foreign_object);
    CHECK(presence(server.observe_login(names)) == Presence::foreign);
    CHECK(code_of(server.suspend_login(names)) == ErrorCode::foreign_object);
    CHECK(code_of(server.activate_login(names)) == ErrorCode::foreign_object);
    CHECK(code_of(server.drop_roles(names)) == ErrorCode::foreign_object);
    CHECK(presence(server.observe_roles(names)) == Presence::foreign);
  }

  SECTION("another tenant's things under the same names are foreign") {
    make_tenant(server, names, world.stack);
    auto thief = names;
    thief.tenant = contract_names(world.number, 1).tenant;

    CHECK(presence(server.observe_roles(thief)) == Presence::foreign);
    CHECK(presence(server.observe_database(thief)) == Presence::foreign);
    CHECK(code_of(server.drop_database(thief)) == ErrorCode::foreign_object);
    CHECK(code_of(server.drop_roles(thief)) == ErrorCode::foreign_object);
    CHECK(code_of(server.limits(thief)) == ErrorCode::foreign_object);
    CHECK(code_of(server.set_limits(thief, {})) == ErrorCode::foreign_object);
  }

  SECTION("the inventory holds a tenant's database or schema and roles, with whose they are, and no foreign ones") {
    make_tenant(server, names, world.stack);
    const auto foreign = contract_names(world.number, 2, world.shared);
    world.plant_role(foreign.login.str());
    world.plant_database(foreign);

    const auto inventory = server.inventory();

    REQUIRE_OK(inventory);
    const auto holds = [&](ThingKind kind, const std::string& name) {
      return std::any_of(inventory->things.begin(), inventory->things.end(),
                         [&](const Thing& thing) { return thing.kind == kind && thing.name == name && thing.tenant == names.tenant; });
    };
    CHECK(holds(names.schema ? ThingKind::schema : ThingKind::database, names.place()));
    CHECK(holds(ThingKind::role, names.owner.str()));
    CHECK(holds(ThingKind::role, names.login.str()));
    CHECK(std::none_of(inventory->things.begin(), inventory->things.end(),
                       [&](const Thing& thing) { return thing.name == foreign.login.str() || thing.name == foreign.place(); }));
    if (names.schema) return;
    CHECK(std::count(inventory->templates.begin(), inventory->templates.end(), server.template_name(source).value().str()) == 1);
  }

  SECTION("a broken schema file is named, and leaves nothing") {
    REQUIRE_OK(server.create_roles(names, {}));
    auto broken = source;
    broken.schema.push_back({.name = "broken.sql", .text = fmt::format("select 1;\n\ncreate tabel x{} ();", world.number)});

    for (int round = 0; round < 2; ++round) {
      const auto outcome = server.create_database(names, broken);
      CHECK(code_of(outcome) == ErrorCode::sql_failed);
      CHECK(full_message(outcome.error()).find("file \"broken.sql\" line 3") != std::string::npos);
      CHECK(presence(server.observe_database(names)) == Presence::absent);
    }
  }

  SECTION("a broken seed row is named") {
    REQUIRE_OK(server.create_roles(names, {}));
    auto broken = source;
    broken.seeds.push_back({.name = "couriers.csv", .text = fmt::format("id,name\n1{},ok\nx,bad\n", world.number)});

    const auto outcome = server.create_database(names, broken);

    CHECK(code_of(outcome) == ErrorCode::sql_failed);
    CHECK(full_message(outcome.error()).find("file \"couriers.csv\" line 3") != std::string::npos);
  }

  if (names.schema) return;  // it has no template

  SECTION("a template is made once, and another source makes another one") {
    const auto first = server.ensure_template(source);
    auto changed = source;
    changed.seeds.front().text += "Another\n";

    const auto again = server.ensure_template(source);
    const auto other = server.ensure_template(changed);

    REQUIRE_OK(first);
    CHECK(again.value() == first.value());
    CHECK(other.value() != first.value());
  }
}

}  // namespace tenantctl::test
