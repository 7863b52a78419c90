#include "adapters/postgres/template_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/postgres/builders_lock.hpp"
#include "adapters/postgres/migrations_table.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/postgres/template_files.hpp"
#include "core/embedded.hpp"
#include "core/sha256.hpp"

namespace tenantctl::postgres {
namespace {

constexpr std::string_view k_settings_file = "templates/sql/tenant/settings.sql";
constexpr std::string_view k_half_built = "_b";
constexpr std::string_view k_owner_marker = "tenantctl owner of templates";

std::string_view settings_sql() { return embedded_file(k_settings_file).value_or(""); }

/// Lengths go in too, so that moving text from one file to the next makes another hash.
std::string hash_of(const TemplateSource& source) {
  std::string all = fmt::format("tenantctl template 1\n{}\n{}", settings_sql().size(), settings_sql());
  for (const auto* files : {&source.schema, &source.seeds}) {
    all += fmt::format("{} files\n", files->size());
    for (const auto& file : *files) all += fmt::format("{}\n{}\n{}", file.name, file.text.size(), file.text);
  }
  if (!source.migrations.empty()) all += fmt::format("migrations {}\n", fingerprint_of(source.migrations));
  return sha256_hex(all);
}

// A template counts as ours where the owner could have made it with tenantctl: this very role, a superuser, or, for a
// superuser who asks, another provisioner. Anyone with CREATEDB alone could plant one of the same name.
constexpr const char* k_find = R"sql(
  select r.rolname = current_user or r.rolsuper
         or (r.rolcreaterole and r.rolcreatedb and (select rolsuper from pg_roles where rolname = current_user))
    from pg_database d join pg_roles r on r.oid = d.datdba where d.datname = $1)sql";

// What the builder itself would drop before it begins anew: the same proof of who made it as in k_find.
constexpr const char* k_half_built_ours = R"sql(
  select d.datname
    from pg_database d join pg_roles r on r.oid = d.datdba
   where d.datname ~ '^tctl_tpl_[a-z0-9_]+_[0-9a-f]{12}_b$'
     and (r.rolname = current_user or r.rolsuper
          or (r.rolcreaterole and r.rolcreatedb and (select rolsuper from pg_roles where rolname = current_user)))
   order by 1)sql";

constexpr const char* k_template_owner_role = R"sql(
  select rolcanlogin or coalesce(shobj_description(oid, 'pg_authid'), '') <> $2 from pg_roles where rolname = $1)sql";

Error foreign_template(const std::string& database) {
  return make_error(ErrorCode::foreign_object,
                    fmt::format("database \"{}\" exists and was not made by this server's provisioner", database))
      .with_hint(fmt::format("run \"psql -c 'drop database {}'\" if nothing needs it", database));
}

}  // namespace

Result<std::vector<std::string>> half_built_templates(Connection& connection) {
  std::vector<std::string> names;
  BuildersLock lock(connection);
  TRY_ASSIGN(const bool idle, lock.try_take());
  if (!idle) return names;
  TRY_ASSIGN(const auto rows, connection.query(k_half_built_ours));
  for (int row = 0; row < rows.count(); ++row) names.push_back(rows.text(row, 0));
  return names;
}

Result<void> drop_half_built(Connection& connection, const std::string& database) {
  BuildersLock lock(connection);
  TRY_ASSIGN(const bool idle, lock.try_take());
  if (!idle) return fail(make_error(ErrorCode::locked, "templates are being built on this server now").may_retry());
  TRY_ASSIGN(const auto present, connection.query("select from pg_database where datname = $1", {database}));
  if (present.empty()) return {};
  TRY_ASSIGN(const auto rows, connection.query(k_half_built_ours));
  for (int row = 0; row < rows.count(); ++row) {
    if (rows.text(row, 0) != database) continue;
    TRY(connection.script(fmt::format("drop database if exists {} with (force)", connection.identifier(database))));
    return {};
  }
  return fail(foreign_template(database));
}

Result<DatabaseName> template_name(const TemplateSource& source) {
  auto stack = source.stack;
  std::ranges::replace(stack, '-', '_');
  return DatabaseName::parse(fmt::format("tctl_tpl_{}_{}", stack, hash_of(source).substr(0, 12)));
}

Result<TemplateBuilder::Found> TemplateBuilder::find(const std::string& database) {
  TRY_ASSIGN(const auto rows, connection_.query(k_find, {database}));
  if (rows.empty()) return Found::nothing;
  return rows.flag(0, 0) ? Found::ours : Found::foreign;
}

Result<DatabaseName> TemplateBuilder::ensure() {
  TRY_ASSIGN(const auto name, template_name(source_));
  TRY_ASSIGN(const auto found, find(name.str()));
  if (found == Found::ours) return name;
  if (found == Found::foreign) return fail(foreign_template(name.str()));
  BuildersLock lock(connection_);
  TRY(lock.take());
  return ensure_locked(name);
}

Result<DatabaseName> TemplateBuilder::ensure_locked(const DatabaseName& name) {
  TRY_ASSIGN(const auto found, find(name.str()));
  if (found != Found::nothing) return name;  // another builder was faster
  const auto unfinished = name.str() + std::string(k_half_built);
  TRY_ASSIGN(const auto leftover, find(unfinished));
  if (leftover == Found::foreign) return fail(foreign_template(unfinished));
  if (leftover == Found::ours) TRY(connection_.script(fmt::format("drop database {} with (force)", connection_.identifier(unfinished))));
  TRY(prepare_owner());
  auto built = build(unfinished);
  if (built) built = publish(unfinished, name.str());
  if (!built) {
    // A next builder would drop it too; this only saves the space until then.
    if (connection_.alive())
      (void)connection_.script(fmt::format("drop database if exists {} with (force)", connection_.identifier(unfinished)));
    return fail(std::move(built).error().with_context(fmt::format("build the template of stack \"{}\"", source_.stack)));
  }
  return name;
}

Result<void> TemplateBuilder::prepare_owner() {
  TRY_ASSIGN(const auto rows, connection_.query(k_template_owner_role, {std::string(k_template_owner), std::string(k_owner_marker)}));
  if (!rows.empty() && rows.flag(0, 0)) {
    return fail(ErrorCode::foreign_object,
                fmt::format("role \"{}\" exists and was not made by tenantctl, or can log in", k_template_owner));
  }
  const auto role = connection_.identifier(k_template_owner);
  auto statements = rows.empty()
                        ? fmt::format("create role {} nologin; comment on role {} is {};", role, role, connection_.literal(k_owner_marker))
                        : std::string();
  statements += membership(connection_, {std::string(k_template_owner)});
  if (!statements.empty()) TRY(connection_.script(statements));
  return {};
}

Result<void> TemplateBuilder::build(const std::string& unfinished) {
  const auto database = connection_.identifier(unfinished);
  // template0, because tenants can leave objects in template1; UTF-8, because settings hold any text.
  TRY(connection_.script(fmt::format("create database {} template template0 encoding 'UTF8'", database)));
  TRY(connection_.script(fmt::format("revoke all on database {0} from public; grant create, temporary on database {0} to {1};", database,
                                     connection_.identifier(k_template_owner))));
  return fill(unfinished);
}

Result<void> TemplateBuilder::fill(const std::string& unfinished) {
  TRY_ASSIGN(const auto inside, Connection::open(url_, Peer::server, unfinished));
  const auto owner = inside->identifier(k_template_owner);
  TRY(inside->script(fmt::format("revoke all on schema public from public; grant usage, create on schema public to {};", owner)));
  const TemplateFiles files(*inside, fmt::format("reset all; set role {};", owner));
  TRY(files.run({.name = std::string(k_settings_file), .text = std::string(settings_sql())}));
  for (const auto& file : source_.schema) TRY(files.run(file));
  for (const auto& file : source_.seeds) TRY(files.load(file));
  TRY(migrate(*inside));
  TRY(inside->script(fmt::format("reset role; revoke all on schema public from {};", owner)));
  return {};
}

/// As in tenants' databases, one transaction each: what fails here would fail there.
Result<void> TemplateBuilder::migrate(Connection& inside) {
  if (source_.migrations.empty()) return {};
  const MigrationPlace place{.table = migrations_table(inside, std::nullopt),
                             .preparation = fmt::format("reset all; set role {};", inside.identifier(k_template_owner))};
  TRY(ensure_migrations_table(inside, place));
  for (const auto& migration : source_.migrations) TRY(run_migration(inside, place, migration));
  return {};
}

Result<void> TemplateBuilder::publish(const std::string& unfinished, const std::string& name) {
  const auto database = connection_.identifier(unfinished);
  TRY(connection_.script(
      fmt::format("revoke all on database {0} from {1}; comment on database {0} is {2}; alter database {0} allow_connections false;",
                  database, connection_.identifier(k_template_owner), connection_.literal("tenantctl template " + hash_of(source_)))));
  // A session inside, such as a curious superuser's, would make the renaming wait and fail.
  TRY(connection_.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", {unfinished}));
  TRY(connection_.script(fmt::format("alter database {} rename to {}", database, connection_.identifier(name))));
  return {};
}

}  // namespace tenantctl::postgres
