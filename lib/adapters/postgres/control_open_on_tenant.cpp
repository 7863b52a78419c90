// How an operation on a tenant that is there begins.
#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/control_operations.hpp"
#include "adapters/postgres/places.hpp"

namespace tenantctl::postgres {
namespace {

// One row where the tenant is as it was seen, and nothing else is going on with it.
constexpr const char* k_open_on_tenant = R"sql(
  with free as (
    select id, slug from tenants
     where id = $2 and status = $9
       and not exists (select from operations o where o.tenant = tenants.id and o.state in ('running', 'undoing', 'stuck'))
       and ($11::bigint = 0 or )sql" COUNT_ON_SERVER("10") R"sql( < $11::bigint)
       for update),
  moving as (update tenants set moving_to = $10 from free where tenants.id = free.id and $10 <> ''),
  op as (
    insert into operations (id, tenant, slug, kind, pipeline_version, parameters, actor_name, actor_host, actor_pid)
    select $1, id, slug, $3, $4, $5::jsonb, $6, $7, $8 from free
    returning *),
  audit as (
    insert into audit_log (actor, host, action, tenant, slug, operation, details)
    select actor_name, actor_host, kind || '.started', tenant, slug, id,
           jsonb_strip_nulls(jsonb_build_object('reason', nullif(parameters ->> 'reason', ''), 'domain', parameters ->> 'domain',
                                                'to', nullif($10, ''))) from op)
  select fence from op)sql";

/// Why k_open_on_tenant returned nothing.
Error in_the_way(Connection& connection, const Operation& operation, TenantStatus seen) {
  const auto rows = connection.query(R"sql(
    select t.status, o.id, o.kind from tenants t
      left join operations o on o.tenant = t.id and o.state in ('running', 'undoing', 'stuck')
     where t.id = $1 order by o.started_at desc limit 1)sql",
                                     {operation.tenant.str()});
  if (!rows) return rows.error();
  if (rows->empty())
    return make_error(ErrorCode::tenant_not_found, fmt::format("tenant \"{}\" is gone", operation.slug))
        .with_hint("run \"tenantctl list\"");
  if (!rows->is_null(0, 1)) {
    return make_error(ErrorCode::state_conflict, fmt::format("operation {} (\"{}\") on tenant \"{}\" is unfinished", rows->text(0, 1),
                                                             rows->text(0, 2), operation.slug))
        .with_hint(fmt::format("run \"tenantctl resume {0}\" to finish it, or \"tenantctl rollback {0}\" to undo it", rows->text(0, 1)));
  }
  return make_error(ErrorCode::state_conflict,
                    fmt::format("tenant \"{}\" was {} and is {} now", operation.slug, to_string(seen), rows->text(0, 0)))
      .with_hint(fmt::format("run \"tenantctl show {}\"", operation.slug));
}

}  // namespace

Result<OperationTicket> ControlOperations::open_move(const Operation& operation, TenantStatus seen, const std::string& to,
                                                     std::size_t most_on_server) {
  const std::vector<Parameter> parameters{operation.id.str(),
                                          operation.tenant.str(),
                                          operation.kind,
                                          std::to_string(operation.pipeline_version),
                                          to_text(operation.parameters),
                                          operation.actor.name,
                                          operation.actor.host,
                                          std::to_string(operation.actor.pid),
                                          std::string(to_string(seen)),
                                          to,
                                          std::to_string(most_on_server)};
  return insert_surely(operation.id, [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto counting, CountLock::take(connection, to, most_on_server));
    TRY_ASSIGN(const auto opened, connection.query(k_open_on_tenant, parameters));
    if (opened.empty()) {
      const auto full = is_full(connection, to, most_on_server);
      if (full && *full) return fail(got_full(to, most_on_server, "choose another server, or raise its max_tenants"));
      return fail(in_the_way(connection, operation, seen));
    }
    return opened.integer(0, 0);
  });
}

}  // namespace tenantctl::postgres
