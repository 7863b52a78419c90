// How much tenants use: PostgresServer's functions about it. Sizes and connections come from catalogs that all databases share, and are
// asked for once; a stack's queries run as a guest, as its migrations do.
#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/guests.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

constexpr int k_meter_tries = 3;
constexpr std::size_t k_most_counted_rows = 10'000;
constexpr std::size_t k_most_counted_bytes = 8 << 20;
constexpr int k_rows_at_once = 100;

// $1: an array of objects with login and, for a database of its own, database. Of sessions of others a role without rights to these sees no
// type.
constexpr const char* k_read_meters = R"sql(
  with open as (
    select usename, count(*) as connections from pg_stat_activity
     where coalesce(backend_type, 'client backend') = 'client backend' group by usename)
  select d.oid is not null,
         case when pg_has_role('pg_read_all_stats', 'usage') or has_database_privilege(d.oid, 'connect') then pg_database_size(d.oid) end,
         coalesce(o.connections, 0)
    from jsonb_array_elements($1::jsonb) with ordinality as p (place, n)
    left join pg_database d on d.datname = p.place ->> 'database' and d.datconnlimit <> -2
    left join open o on o.usename = p.place ->> 'login'
   order by n)sql";

// Asking for a table's size waits for whoever has locked it.
constexpr const char* k_read_one_schema = R"sql(
  set local lock_timeout = '500ms';
  select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
    from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'm', 'S')
   where n.nspname = {} group by n.oid)sql";

Error not_there(const std::string& place) { return make_error(ErrorCode::sql_failed, fmt::format("\"{}\" is not there", place)); }

/// A database that is dropped while it is measured fails the question for all.
Result<postgres::Rows> read_meters(Connection& connection, const std::string& places) {
  for (int tries = 1;; ++tries) {
    auto rows = connection.query(k_read_meters, {places});
    if (rows || tries == k_meter_tries || connection.failure().sqlstate != "3D000") return rows;
  }
}

Result<MeterReading> reading_at(const postgres::Rows& rows, int row, const MeteredTenant& tenant) {
  if (!tenant.schema.empty()) return MeterReading{.connections = rows.integer(row, 2)};
  if (!rows.flag(row, 0)) return fail(not_there(tenant.database));
  if (rows.is_null(row, 1)) {
    return fail(make_error(ErrorCode::permission_denied, fmt::format("the size of \"{}\" may not be asked", tenant.database))
                    .with_hint("run \"grant pg_read_all_stats to PROVISIONER\" on the server"));
  }
  return MeterReading{.bytes = rows.integer(row, 1), .connections = rows.integer(row, 2)};
}

Result<std::int64_t> size_of_schema(Connection& there, const std::string& schema) {
  TRY_ASSIGN(const auto rows, there.script(fmt::format(k_read_one_schema, there.literal(schema))));
  if (rows.empty()) return fail(not_there(schema));
  return rows.integer(0, 0);
}

std::string preparation_for_queries(Connection& session, const TenantDatabase& names) {
  std::string text = "reset all; set lock_timeout = '1s'; set statement_timeout = '30s'; set timezone = 'UTC'; set datestyle = 'ISO';";
  if (names.schema) text += fmt::format("set search_path = {};", session.identifier(names.schema->str()));
  return text;
}

/// A piece at a time: how wide a row is the tenant decides.
Result<CountedRows> fetch_all(Connection& session) {
  CountedRows counted;
  std::size_t bytes = 0;
  for (;;) {
    // Again before each: what a tenant has planted in a query's way may have lifted it.
    TRY(session.script("set local statement_timeout = '30s'"));
    TRY_ASSIGN(const auto rows, session.query(fmt::format("fetch {} from tenantctl_usage", k_rows_at_once).c_str()));
    for (int row = 0; row < rows.count(); ++row) {
      auto& cells = counted.emplace_back();
      for (int column = 0; column < rows.columns(); ++column) bytes += cells.emplace_back(rows.text(row, column)).size();
    }
    if (counted.size() > k_most_counted_rows)
      return fail(ErrorCode::bad_value, fmt::format("the answer has more than {} rows", k_most_counted_rows));
    if (bytes > k_most_counted_bytes)
      return fail(ErrorCode::bad_value, fmt::format("the answer has more than {} bytes", k_most_counted_bytes));
    if (rows.count() < k_rows_at_once) return counted;
  }
}

/// Through a cursor, which is for one statement that reads, and of which no more is taken than is wanted.
Result<CountedRows> ask_one(Connection& session, const std::string& query) {
  TRY(session.script("begin read only"));
  const auto declared = session.query(fmt::format("declare tenantctl_usage no scroll cursor for {}", query).c_str());
  auto counted = declared ? fetch_all(session) : Result<CountedRows>(fail(declared.error()));
  TRY(session.script("rollback"));
  return counted;
}

}  // namespace

Result<std::vector<Result<MeterReading>>> PostgresServer::read(std::span<const MeteredTenant> tenants) {
  auto places = nlohmann::json::array();
  for (const auto& tenant : tenants) {
    places.push_back({{"login", tenant.login}});
    if (tenant.schema.empty()) places.back()["database"] = tenant.database;
  }
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, read_meters(*connection, postgres::to_text(places)));
  std::vector<Result<MeterReading>> readings;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    auto reading = reading_at(rows, static_cast<int>(i), tenants[i]);
    if (reading && !tenants[i].schema.empty()) {
      const auto bytes = size_inside(tenants[i]);
      if (bytes) reading->bytes = *bytes;
      else reading = fail(bytes.error());
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

Result<std::int64_t> PostgresServer::size_inside(const MeteredTenant& tenant) {
  TRY_ASSIGN(const auto database, DatabaseName::parse(tenant.database));
  TRY_ASSIGN(auto* there, inside(database));
  return size_of_schema(*there, tenant.schema);
}

Result<std::vector<Result<CountedRows>>> PostgresServer::ask(const TenantDatabase& names, std::span<const std::string> queries) {
  TRY(must_be_whole(names));
  std::vector<Result<CountedRows>> answers;
  const auto ask_all = [&](Connection& session) -> Result<void> {
    TRY(session.script(preparation_for_queries(session, names)));
    for (const auto& query : queries) answers.push_back(ask_one(session, query));
    return {};
  };
  TRY(by_guest(names, ask_all, postgres::GuestRights::of_tenant));
  return answers;
}

}  // namespace tenantctl
