#include "adapters/postgres/control_tenant_migrations.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define TENANT_HAS_DATA "status in ('active', 'suspended', 'cancelled')"

// $1 stack, or null.
constexpr const char* k_migration_spread =
    "select stack, schema_version, schema_fingerprint, count(*), count(*) filter (where schema_error <> '') from tenants"
    " where " TENANT_HAS_DATA " and ($1::text is null or stack = $1) group by 1, 2, 3 order by 1, 2, 3";

// $1 stack, $2 fingerprint, $3 server or null, $4 a list of ids, or null.
constexpr const char* k_migration_candidates =
    "select id, slug, schema_version, schema_fingerprint, schema_revision, schema_error from tenants"
    " where " TENANT_HAS_DATA
    " and stack = $1 and schema_fingerprint <> $2 and ($3::text is null or server = $3)"
    " and ($4::jsonb is null or id::text in (select jsonb_array_elements_text($4::jsonb))) order by slug";

// $1 tenant.
constexpr const char* k_known_migrations = R"sql(
  select t.slug, t.status, t.schema_version, t.schema_fingerprint, t.schema_revision, o.id, o.kind
    from tenants t left join operations o on o.tenant = t.id and o.state in ('running', 'undoing', 'stuck')
   where t.id = $1 order by o.started_at desc limit 1)sql";

constexpr const char* k_migration_note = R"sql(
  with changed as (
    update tenants set schema_version = $3, schema_fingerprint = $4, schema_error = $5, schema_revision = schema_revision + 1
     where id = $1 and schema_revision = $2 and status <> 'deleted' returning id, slug),
  audit as (
    insert into audit_log (actor, host, action, tenant, slug, details) select $6, $7, $8, id, slug, $9::jsonb from changed where $8 <> '')
  select 1 from changed)sql";

Error overtaken(const TenantId& tenant) {
  return make_error(ErrorCode::fenced, fmt::format("tenant {} was changed by another process meanwhile", tenant.str()))
      .with_hint("run \"tenantctl migrate\" again: it looks at the tenant anew")
      .may_retry();
}

}  // namespace

Result<std::vector<MigrationSpread>> ControlTenantMigrations::spread(const std::string& stack) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_migration_spread, {stack.empty() ? Parameter() : Parameter(stack)}));
  std::vector<MigrationSpread> spread;
  for (int row = 0; row < rows.count(); ++row) {
    spread.push_back({.stack = rows.text(row, 0),
                      .version = rows.text(row, 1),
                      .fingerprint = rows.text(row, 2),
                      .tenants = static_cast<std::size_t>(rows.integer(row, 3)),
                      .failed = static_cast<std::size_t>(rows.integer(row, 4))});
  }
  return spread;
}

Result<std::vector<MigrationCandidate>> ControlTenantMigrations::behind(const MigrationFilter& filter, const std::string& fingerprint) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto server = filter.server.empty() ? Parameter() : Parameter(filter.server);
  const auto tenants = filter.tenants.empty() ? Parameter() : Parameter(to_text(nlohmann::json(filter.tenants)));
  TRY_ASSIGN(const auto rows, connection->query(k_migration_candidates, {filter.stack, fingerprint, server, tenants}));
  std::vector<MigrationCandidate> candidates;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto id, TenantId::parse(rows.text(row, 0)));
    TRY_ASSIGN(auto slug, TenantSlug::parse(rows.text(row, 1)));
    candidates.push_back({.id = std::move(id),
                          .slug = std::move(slug),
                          .known = {.version = rows.text(row, 2), .fingerprint = rows.text(row, 3), .revision = rows.integer(row, 4)},
                          .error = rows.text(row, 5)});
  }
  return candidates;
}

Result<KnownMigrations> ControlTenantMigrations::look(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_known_migrations, {tenant.str()}));
  if (rows.empty()) return fail(ErrorCode::tenant_not_found, fmt::format("tenant {} is gone", tenant.str()));
  const auto slug = rows.text(0, 0);
  if (!rows.is_null(0, 5)) {
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("operation {} (\"{}\") on tenant \"{}\" is unfinished", rows.text(0, 5), rows.text(0, 6), slug))
                    .with_hint(fmt::format("run \"tenantctl resume {0}\" to finish it, or \"tenantctl rollback {0}\" to undo it",
                                           rows.text(0, 5))));
  }
  TRY_ASSIGN(const auto status, parse_tenant_status(rows.text(0, 1)));
  if (status != TenantStatus::active && status != TenantStatus::suspended && status != TenantStatus::cancelled) {
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("tenant \"{}\" is {}: there is nothing whole to migrate", slug, to_string(status)))
                    .with_hint(fmt::format("run \"tenantctl show {}\"", slug)));
  }
  return KnownMigrations{.version = rows.text(0, 2), .fingerprint = rows.text(0, 3), .revision = rows.integer(0, 4)};
}

Result<void> ControlTenantMigrations::note(const MigrationNote& note) {
  const std::vector<Parameter> parameters{note.tenant.str(),    std::to_string(note.seen_revision),
                                          note.now.version,     note.now.fingerprint,
                                          storable(note.error), note.actor.name,
                                          note.actor.host,      note.action,
                                          to_text(note.details)};
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query(k_migration_note, parameters));
    return rows.count();
  };
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows,
               connection.query("select 1 from tenants where id = $1 and schema_revision = $2::bigint + 1 and schema_fingerprint = $3",
                                {note.tenant.str(), std::to_string(note.seen_revision), note.now.fingerprint}));
    return rows.empty() ? std::optional<std::int64_t>() : 1;
  };
  TRY_ASSIGN(const auto touched, session_.write_surely(write, took_hold));
  if (touched == 0) return fail(overtaken(note.tenant));
  return {};
}

}  // namespace tenantctl::postgres
