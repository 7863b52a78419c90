#include "adapters/postgres/database_server.hpp"

#include <fmt/format.h>

#include <charconv>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/conninfo.hpp"
#include "adapters/postgres/ownership.hpp"
#include "adapters/postgres/template_builder.hpp"

namespace tenantctl {

using postgres::Connection;
using postgres::Peer;

namespace {

ServerAddress address_of(const Secret& url, ServerAddress wanted) {
  if (!wanted.host.empty()) return wanted;
  auto host = postgres::conninfo_value(url, "host");
  if (host.empty()) host = postgres::conninfo_value(url, "hostaddr");
  if (host.empty()) host = "/var/run/postgresql";  // where Debian's libpq looks, see pg_config --configure
  const auto port_text = postgres::conninfo_value(url, "port");
  int port = 5432;
  std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  return {.host = std::move(host), .port = port};
}

// PostgreSQL marks a database whose DROP was cut off with a connection limit of -2.
constexpr std::int64_t k_invalid_database = -2;

constexpr const char* k_observe_database = R"sql(
  select pg_get_userbyid(datdba), coalesce(shobj_description(datdba, 'pg_authid'), ''), datconnlimit
    from pg_database where datname = $1)sql";

}  // namespace

PostgresServer::PostgresServer(Secret url, ServerAddress address, std::unique_ptr<Tunnel> tunnel)
    : way_(std::move(url), std::move(tunnel)), address_(address_of(way_.url(), std::move(address))) {}
PostgresServer::~PostgresServer() = default;

Result<Connection*> PostgresServer::admin() {
  TRY(claim_admin());
  if (admin_ && admin_->alive()) return admin_.get();
  TRY_ASSIGN(const auto url, way_.open());
  auto opened = admitted(admin_ ? Connection::open_again(*admin_, url, label()) : Connection::open(url, Peer::server, {}, label()));
  if (!opened) return fail(way_.explained(std::move(opened).error()));
  admin_ = std::move(*opened);
  return admin_.get();
}

Result<Connection*> PostgresServer::inside(const DatabaseName& database) {
  if (inside_ && inside_->alive() && inside_name_ == database.str()) return inside_.get();
  const bool lost = inside_ && !inside_->alive() && inside_name_ == database.str();
  if (lost) {
    TRY_ASSIGN(const auto url, way_.open());
    auto opened = Connection::open_again(*inside_, url, label(), database.str());
    if (!opened)
      return fail(way_.explained(std::move(opened).error()));  // what was lost stays known: the server may still run something for it
    leave();
    TRY_ASSIGN(inside_, admitted(std::move(opened)));
  } else {
    leave();
    TRY_ASSIGN(inside_, enter(database.str()));
  }
  inside_name_ = database.str();
  // Tenants may create objects in their "public": nothing there may take the place of a system function of ours.
  TRY(inside_->script("set search_path = pg_catalog"));
  return inside_.get();
}

Result<std::unique_ptr<Connection>> PostgresServer::enter(const std::string& database) {
  TRY_ASSIGN(const auto url, way_.open());
  auto opened = admitted(Connection::open(url, Peer::server, database, label()));
  if (!opened) return fail(way_.explained(std::move(opened).error()));
  return opened;
}

void PostgresServer::leave() {
  inside_.reset();
  inside_name_.clear();
}

Result<void> PostgresServer::must_be_ours(const Observed& observed, const TenantDatabase&) const {
  if (observed.presence != Presence::foreign) return {};
  return fail(
      make_error(ErrorCode::foreign_object, observed.detail).with_hint("create the tenant again: its code, and so its names, will be new"));
}

Result<void> PostgresServer::must_be_whole(const TenantDatabase& names) {
  TRY_ASSIGN(const auto observed, observe_database(names));
  TRY(must_be_ours(observed, names));
  if (observed.presence == Presence::complete) return {};
  return fail(ErrorCode::sql_failed, fmt::format("\"{}\" is not there as a whole", names.place()));
}

Result<ServerInfo> PostgresServer::server_info() {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rights, connection->query(R"sql(
    select rolsuper or rolcreaterole, rolsuper or rolcreatedb,
           concat_ws('/', datcollate, datctype, nullif(to_jsonb(d) ->> 'datlocprovider', 'c'),
                     coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale'))  -- as far as this version has these
      from pg_roles, pg_database d where rolname = current_user and datname = 'template0')sql"));
  const bool known = !rights.empty();
  return ServerInfo{.version = connection->server_version_text(),
                    .version_number = connection->server_version(),
                    .superuser = connection->is_superuser(),
                    .may_create_roles = known && rights.flag(0, 0),
                    .may_create_databases = known && rights.flag(0, 1),
                    .locale = known ? rights.text(0, 2) : ""};
}

Result<ServerUsage> PostgresServer::usage() {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    with sized as (
      select case when pg_has_role('pg_read_all_stats', 'usage') or has_database_privilege(oid, 'connect')
                  then pg_database_size(oid) end as bytes from pg_database)
    select coalesce(sum(bytes), 0)::bigint, count(*) filter (where bytes is null),
           (select count(*) from pg_stat_activity where backend_type = 'client backend'), current_setting('max_connections')
      from sized)sql"));
  return ServerUsage{.bytes = static_cast<std::uint64_t>(rows.integer(0, 0)),
                     .unmeasured = static_cast<std::size_t>(rows.integer(0, 1)),
                     .connections = static_cast<int>(rows.integer(0, 2)),
                     .max_connections = static_cast<int>(rows.integer(0, 3))};
}

Result<DatabaseName> PostgresServer::ensure_template(const TemplateSource& source) {
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto url, way_.open());
  return postgres::TemplateBuilder(*connection, url, source).ensure();
}

Result<Observed> PostgresServer::observe_database(const TenantDatabase& names) {
  if (names.schema) return observe_schema(names);
  TRY_ASSIGN(auto* connection, admin());
  TRY_ASSIGN(const auto rows, connection->query(k_observe_database, {names.database.str()}));
  if (rows.empty()) return Observed{.presence = Presence::absent};
  const auto owner = rows.text(0, 0);
  if (owner != names.owner.str() || rows.text(0, 1) != postgres::marker_of(names.tenant)) {
    return Observed{.presence = Presence::foreign,
                    .detail = fmt::format("database \"{}\" exists but is owned by \"{}\"", names.database.str(), owner)};
  }
  if (rows.integer(0, 2) == k_invalid_database) return Observed{.presence = Presence::partial, .detail = "a drop of it was cut off"};
  return Observed{.presence = Presence::complete};
}

Result<DatabaseName> PostgresServer::create_database(const TenantDatabase& names, const TemplateSource& source) {
  if (names.schema) {
    TRY(create_schema(names, source));
    return postgres::template_name(source);
  }
  TRY_ASSIGN(const auto from_template, ensure_template(source));
  TRY(clone_template(names, from_template));
  return from_template;
}

Result<void> PostgresServer::clone_template(const TenantDatabase& names, const DatabaseName& from_template) {
  TRY_ASSIGN(const auto observed, observe_database(names));
  TRY(must_be_ours(observed, names));
  if (observed.presence == Presence::complete) return {};
  TRY_ASSIGN(auto* connection, admin());
  if (observed.presence == Presence::partial) TRY(drop_now(*connection, names.database));
  // PostgreSQL 14 and older have no choice: they copy files.
  const auto* chosen = strategy_ == CloneStrategy::wal_log ? " strategy wal_log" : " strategy file_copy";
  const auto* strategy = connection->server_version() >= 150000 ? chosen : "";
  const auto created = connection->script(
      fmt::format("create database {} template {} owner {} allow_connections false{}", connection->identifier(names.database.str()),
                  connection->identifier(from_template.str()), connection->identifier(names.owner.str()), strategy));
  if (created) return {};
  auto error = created.error();
  const auto& state = connection->failure().sqlstate;
  if (state == "42P04" || state == "23505")
    error =
        make_error(ErrorCode::foreign_object, fmt::format("database \"{}\" was created by somebody else meanwhile", names.database.str()));
  return fail(std::move(error).with_context(fmt::format("create database \"{}\"", names.database.str())));
}

Result<void> PostgresServer::drop_now(Connection& connection, const DatabaseName& database) {
  leave();
  const auto name = connection.identifier(database.str());
  auto dropped = connection.script(fmt::format("drop database if exists {} with (force)", name));
  // A provisioner that is no superuser may not end an autovacuum worker, but a plain drop ends those by itself.
  if (!dropped && dropped.error().code == ErrorCode::permission_denied)
    dropped = connection.script(fmt::format("drop database if exists {}", name));
  if (!dropped) return fail(std::move(dropped).error().with_context(fmt::format("drop database \"{}\"", database.str())));
  return {};
}

Result<void> PostgresServer::drop_database(const TenantDatabase& names) {
  if (names.schema) {
    TRY(drop_schema(names));
    return drop_guest(names);
  }
  TRY_ASSIGN(const auto observed, observe_database(names));
  TRY(must_be_ours(observed, names));
  TRY_ASSIGN(auto* connection, admin());
  if (observed.presence != Presence::absent) TRY(drop_now(*connection, names.database));
  return drop_guest(names);
}

}  // namespace tenantctl
