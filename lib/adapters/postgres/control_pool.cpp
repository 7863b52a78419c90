#include "adapters/postgres/control_pool.hpp"

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define POOL_COLUMNS "tenant, code, stack, server, template, state, filled_by, (extract(epoch from created_at) * 1000000)::bigint"

constexpr const char* k_open_fill = R"sql(
  with op as (
    insert into operations (id, tenant, slug, kind, pipeline_version, parameters, actor_name, actor_host, actor_pid)
    values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9) returning *),
  entry as (
    insert into pool_entries (tenant, code, stack, server, filled_by) select op.tenant, $10, $11, $12, op.id from op),
  audit as (
    insert into audit_log (actor, host, action, tenant, slug, operation, details)
    select actor_name, actor_host, kind || '.started', tenant, slug, id, jsonb_build_object('stack', $11::text) from op)
  select fence from op)sql";

constexpr const char* k_claim = R"sql(
  with next as materialized (
    select tenant as id from pool_entries where state = 'ready' and stack = $1 and server = $2 and template = $3
     order by created_at limit 1 for update skip locked)
  update pool_entries set state = 'claimed', claimed_by = $4, claimed_at = clock_timestamp() from next where tenant = next.id
  returning )sql" POOL_COLUMNS;

Result<PoolEntry> pool_entry_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto tenant, TenantId::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto code, TenantCode::parse(rows.text(row, 1)));
  TRY_ASSIGN(const auto state, parse_pool_state(rows.text(row, 5)));
  TRY_ASSIGN(auto filled_by, OperationId::parse(rows.text(row, 6)));
  return PoolEntry{.identity = {std::move(tenant), std::move(code)},
                   .stack = rows.text(row, 2),
                   .server = rows.text(row, 3),
                   .template_name = rows.text(row, 4),
                   .state = state,
                   .filled_by = std::move(filled_by),
                   .created_at = instant_at(rows, row, 7)};
}

}  // namespace

Result<OperationTicket> ControlPool::open_fill(const Operation& operation, const PoolEntry& entry) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query(k_open_fill, {operation.id.str(), operation.tenant.str(), operation.slug, operation.kind,
                                             std::to_string(operation.pipeline_version), to_text(operation.parameters),
                                             operation.actor.name, operation.actor.host, std::to_string(operation.actor.pid),
                                             entry.identity.code.str(), entry.stack, entry.server}));
  return OperationTicket{.id = operation.id, .fence = rows.integer(0, 0)};
}

Result<std::optional<PoolEntry>> ControlPool::claim(const std::string& stack, const std::string& server, const std::string& template_name,
                                                    const OperationId& by) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_claim, {stack, server, template_name, by.str()}));
  if (rows.empty()) return std::optional<PoolEntry>();
  TRY_ASSIGN(auto entry, pool_entry_at(rows, 0));
  return std::optional<PoolEntry>(std::move(entry));
}

Result<void> ControlPool::give_back(const PoolEntry& entry, const OperationId& by) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(R"sql(
    update pool_entries set state = 'ready', claimed_by = null, claimed_at = null
     where tenant = $1 and claimed_by = $2 and not exists (select from operations where id = $2))sql",
                        {entry.identity.id.str(), by.str()}));
  return {};
}

Result<bool> ControlPool::withdraw(const PoolEntry& entry) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("update pool_entries set state = 'draining' where tenant = $1 and state in ('ready', 'draining')",
                               {entry.identity.id.str()}));
  return rows.affected() > 0;
}

Result<std::vector<PoolEntry>> ControlPool::list() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " POOL_COLUMNS " from pool_entries order by created_at, tenant"));
  std::vector<PoolEntry> entries;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto entry, pool_entry_at(rows, row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<void> ControlPool::settle() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(R"sql(
    update pool_entries set state = 'draining', claimed_by = null, claimed_at = null
     where state = 'claimed' and claimed_at < clock_timestamp() - interval '10 minutes')sql"));
  return {};
}

}  // namespace tenantctl::postgres
