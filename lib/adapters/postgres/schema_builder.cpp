#include "adapters/postgres/schema_builder.hpp"

#include <fmt/format.h>

#include "adapters/postgres/migrations_table.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/postgres/template_files.hpp"
#include "core/embedded.hpp"

namespace tenantctl::postgres {
namespace {

constexpr std::string_view k_schema_settings_file = "templates/sql/tenant/schema_settings.sql";

}  // namespace

SchemaBuilder::SchemaBuilder(Connection& connection, const TenantDatabase& names, const TemplateSource& source)
    : connection_(connection), names_(names), source_(source) {}

Result<void> SchemaBuilder::build() {
  TRY_ASSIGN(auto transaction, Transaction::begin(connection_));
  TRY(create());
  TRY(fill());
  TRY(mark());
  return transaction.commit();
}

Result<void> SchemaBuilder::create() {
  const auto statements = membership(connection_, {names_.owner.str()}) + fmt::format("create schema {} authorization {};",
                                                                                      connection_.identifier(names_.schema->str()),
                                                                                      connection_.identifier(names_.owner.str()));
  const auto created = connection_.script(statements);
  if (created) return {};
  const auto& state = connection_.failure().sqlstate;
  if (state == "42P06" || state == "23505") {
    return fail(ErrorCode::foreign_object, fmt::format("schema \"{}\" was created by somebody else meanwhile", names_.schema->str()));
  }
  return fail(created.error());
}

/// The path holds nothing but the schema: a name that the files don't qualify is the tenant's own or is not found.
Result<void> SchemaBuilder::fill() {
  TRY_ASSIGN(const auto transaction, connection_.query("select pg_current_xact_id()"));
  const auto preparation = fmt::format("reset all; set local role {}; set local search_path = {};",
                                       connection_.identifier(names_.owner.str()), connection_.identifier(names_.schema->str()));
  const TemplateFiles files(connection_, preparation, transaction.text(0, 0));
  TRY(files.run({.name = std::string(k_schema_settings_file), .text = std::string(embedded_file(k_schema_settings_file).value_or(""))}));
  for (const auto& file : source_.schema) TRY(files.run(file));
  for (const auto& file : source_.seeds) TRY(files.load(file));
  if (source_.migrations.empty()) return {};
  const MigrationPlace place{.table = migrations_table(connection_, names_.schema), .preparation = preparation};
  TRY(ensure_migrations_table(connection_, place));
  for (const auto& migration : source_.migrations) TRY(run_migration_within(connection_, place, migration, transaction.text(0, 0)));
  return {};
}

/// Last: a file that ends the transaction in spite of all leaves a schema without it, which then counts as half made.
Result<void> SchemaBuilder::mark() {
  TRY(connection_.script(fmt::format("reset role; comment on schema {} is {};", connection_.identifier(names_.schema->str()),
                                     connection_.literal(marker_of(names_.tenant)))));
  return {};
}

}  // namespace tenantctl::postgres
