// The table in a tenant's own database that says who it is and what it is configured with: PostgresServer's functions about it. In a
// database that was made of an archive the table is the archive's, and so are its triggers, defaults and constraints: who writes there
// logs in as a guest, as nothing else keeps what they do from the provisioner's rights.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/guests.hpp"
#include "adapters/postgres/plain_tables.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

constexpr std::string_view k_configuration_version = "configuration_version";

std::string settings_table(Connection& connection, const TenantDatabase& names) {
  return names.schema ? connection.identifier(names.schema->str()) + ".tenantctl_settings" : "tenantctl.settings";
}

std::string settings_text(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// Until the transaction's end: the table is the owner role's.
Result<void> act_as_owner(Connection& connection, const TenantDatabase& names) {
  TRY(connection.script(fmt::format("set local role {}", connection.identifier(names.owner.str()))));
  return {};
}

Result<void> write_in(Connection& connection, const TenantDatabase& names, const std::map<std::string, std::string>& settings) {
  const auto statement = fmt::format(
      "insert into {} (key, value) select key, value from jsonb_each_text($1::jsonb) on conflict (key) do update set value = "
      "excluded.value",
      settings_table(connection, names));
  TRY_ASSIGN(auto transaction, postgres::Transaction::begin(connection));
  TRY(act_as_owner(connection, names));
  TRY(connection.query(statement.c_str(), {settings_text(settings)}));
  return transaction.commit();
}

Result<void> update_in(Connection& connection, const TenantDatabase& names, const SettingsUpdate& update) {
  const auto table = settings_table(connection, names);
  auto rows = nlohmann::json(update.rows);
  rows[std::string(k_configuration_version)] = std::to_string(update.version);
  const auto statement = fmt::format(R"sql(
    with older as (select not exists (select from {0} where key = '{1}' and value ~ '^[0-9]{{1,18}}$' and value::bigint > $3::bigint) as yes),
    removed as (delete from {0} using older where older.yes and key in (select jsonb_array_elements_text($2::jsonb)))
    insert into {0} (key, value) select key, value from jsonb_each_text($1::jsonb), older where older.yes
        on conflict (key) do update set value = excluded.value)sql",
                                     table, k_configuration_version);
  TRY_ASSIGN(auto transaction, postgres::Transaction::begin(connection));
  TRY(act_as_owner(connection, names));
  // So that the look at the version, which begins behind it, sees what others wrote.
  TRY(connection.query(fmt::format("lock table {} in share row exclusive mode", table).c_str()));
  TRY(connection.query(statement.c_str(), {settings_text(rows), settings_text(update.removed), std::to_string(update.version)}));
  return transaction.commit();
}

}  // namespace

Result<void> PostgresServer::write_settings(const TenantDatabase& names, const std::map<std::string, std::string>& settings,
                                            MadeOf made_of) {
  if (settings.empty()) return {};
  if (made_of == MadeOf::archive)
    return by_guest(
        names, [&](Connection& session) { return write_in(session, names, settings); }, postgres::GuestRights::of_owner);
  TRY_ASSIGN(auto* connection, inside(names.database));
  return write_in(*connection, names, settings);
}

Result<void> PostgresServer::update_settings(const TenantDatabase& names, const SettingsUpdate& update) {
  return by_guest(
      names, [&](Connection& session) { return update_in(session, names, update); }, postgres::GuestRights::of_owner);
}

Result<std::map<std::string, std::string>> PostgresServer::read_settings(const TenantDatabase& names) {
  TRY_ASSIGN(auto* connection, inside(names.database));
  TRY_ASSIGN(auto transaction, postgres::Transaction::begin(*connection));
  TRY(act_as_owner(*connection, names));
  TRY(postgres::read_tables_only(*connection));
  return postgres::read_pairs(*connection, settings_table(*connection, names), "key", "value");
}

}  // namespace tenantctl
