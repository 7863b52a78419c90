#include "adapters/postgres/control_configurations.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

constexpr const char* k_read = R"sql(
  select configuration_version, configuration_given,
         coalesce((select jsonb_object_agg(key, value) from tenant_configurations where tenant = t.id), '{}'),
         coalesce((select jsonb_agg(distinct c.key) from tenant_configuration_changes c
                    where c.tenant = t.id and not exists (select from tenant_configurations n where n.tenant = t.id and n.key = c.key)), '[]')
    from tenants t where id = $1)sql";

// One that waited for another change finds the version moved, so that the old value in its snapshot is never a stale one.
constexpr const char* k_change = R"sql(
  with moved as (
    update tenants set configuration_version = configuration_version + 1
     where id = $1 and configuration_version = $2 returning id, configuration_version as version),
  history as (
    insert into tenant_configuration_changes (tenant, version, key, old_value, new_value, actor, host)
    select m.id, m.version, $3, (select value from tenant_configurations where tenant = $1 and key = $3), $4, $6, $7 from moved m),
  written as (
    insert into tenant_configurations (tenant, key, value)
    select id, $3, $4 from moved where $4::text is not null
        on conflict (tenant, key) do update set value = excluded.value, updated_at = clock_timestamp()),
  removed as (
    delete from tenant_configurations c using moved m where $4::text is null and c.tenant = m.id and c.key = $3),
  audit as ()sql" INSERT_AUDIT("5") R"sql( cross join moved)
  select version from moved)sql";

constexpr const char* k_took_hold = R"sql(
  select version from tenant_configuration_changes
   where tenant = $1 and version = $2 and key = $3 and new_value is not distinct from $4 and actor = $5 and host = $6)sql";

Parameter text_or_null(const std::optional<std::string>& text) { return text ? Parameter(*text) : Parameter(); }

std::optional<std::string> text_at(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::optional<std::string>() : rows.text(row, column);
}

}  // namespace

Result<ConfigurationState> ControlConfigurations::read(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_read, {tenant.str()}));
  if (rows.empty())
    return fail(make_error(ErrorCode::tenant_not_found, fmt::format("no tenant has the id \"{}\"", tenant.str()))
                    .with_hint("run \"tenantctl list\""));
  ConfigurationState state{.values = {}, .unset = {}, .version = rows.integer(0, 0), .given = rows.integer(0, 1)};
  const auto values = json_at(rows, 0, 2);
  for (const auto& [key, value] : values.items()) state.values.emplace(key, value.get<std::string>());
  for (const auto& key : json_at(rows, 0, 3)) state.unset.insert(key.get<std::string>());
  return state;
}

Result<std::int64_t> ControlConfigurations::change(const ConfigurationEdit& edit, const AuditEntry& audit) {
  auto entry = audit;
  entry.details["version"] = edit.expected + 1;
  const auto actor = storable(audit.actor);
  const auto host = storable(audit.host);
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query(k_change, {edit.tenant.str(), std::to_string(edit.expected), edit.key,
                                                            text_or_null(edit.to), audit_parameter(entry), actor, host}));
    if (!rows.empty()) return rows.integer(0, 0);
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("the configuration is no longer at version {}; nothing was changed", edit.expected))
                    .with_hint("look at it with \"tenantctl config list\", and try again"));
  };
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query(k_took_hold, {edit.tenant.str(), std::to_string(edit.expected + 1), edit.key,
                                                               text_or_null(edit.to), actor, host}));
    return rows.empty() ? std::optional<std::int64_t>() : rows.integer(0, 0);
  };
  return session_.write_surely(write, took_hold);
}

Result<void> ControlConfigurations::mark_given(const TenantId& tenant, std::int64_t version) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query("update tenants set configuration_given = $2 where id = $1 and configuration_given < $2",
                        {tenant.str(), std::to_string(version)}));
  return {};
}

Result<std::vector<ConfigurationChange>> ControlConfigurations::history(const TenantId& tenant, std::int64_t before, std::size_t limit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select version, key, old_value, new_value, actor, host, (extract(epoch from at) * 1000000)::bigint
      from tenant_configuration_changes where tenant = $1 and ($2::bigint = 0 or version < $2) order by version desc limit $3)sql",
                                                {tenant.str(), std::to_string(before), std::to_string(limit)}));
  std::vector<ConfigurationChange> changes;
  for (int row = 0; row < rows.count(); ++row) {
    changes.push_back({.version = rows.integer(row, 0),
                       .key = rows.text(row, 1),
                       .from = text_at(rows, row, 2),
                       .to = text_at(rows, row, 3),
                       .actor = rows.text(row, 4),
                       .host = rows.text(row, 5),
                       .at = instant_at(rows, row, 6)});
  }
  return changes;
}

Result<std::vector<ConfigurationLag>> ControlConfigurations::lagging() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select slug, configuration_version, configuration_given from tenants
     where configuration_given < configuration_version and status in ('active', 'suspended') order by slug)sql"));
  std::vector<ConfigurationLag> lags;
  for (int row = 0; row < rows.count(); ++row)
    lags.push_back({.slug = rows.text(row, 0), .version = rows.integer(row, 1), .given = rows.integer(row, 2)});
  return lags;
}

}  // namespace tenantctl::postgres
