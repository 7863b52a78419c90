// How a create begins: everything that it reserves, in one statement.
#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/control_operations.hpp"
#include "adapters/postgres/places.hpp"

namespace tenantctl::postgres {
namespace {

// Foreign keys are checked at the statement's end, so the rows may come in any order.
constexpr const char* k_open = R"sql(
  with free as (
    select where not exists (select from tenants where slug = $3 and status = 'deleted' and quarantined_until > clock_timestamp())
       and ($26::bigint = 0 or )sql" COUNT_ON_SERVER("18") R"sql( < $26::bigint)),
  pooled as (
    delete from pool_entries using free where $25::boolean and tenant = $2 and state = 'claimed' and claimed_by = $1 returning 1),
  op as (
    insert into operations (id, tenant, slug, kind, pipeline_version, parameters, actor_name, actor_host, actor_pid, idempotency_key)
    select $1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, nullif($10, '') from free where not $25::boolean or exists (select from pooled)
    returning *),
  taken_over as (  -- from here on an undo drops the pool's database, whether or not its first step was begun
    insert into step_events (operation, step, mark) select id, 'pooled', 'applying' from op where $25::boolean),
  new_tenant as (
    insert into tenants (id, slug, code, company_name, admin_email, owner, stack, plan, plan_terms, server, database, domain, trial_ends_at, schema, expires_at)
    select id, slug, $11, $12, $13, $14, $15, $16, $17::jsonb, $18, $19, $20, $21::timestamptz, $24, $27::timestamptz from (select tenant as id, slug from op) o),
  new_domains as (
    insert into tenant_domains (host, tenant)
    select host, op.tenant from op, jsonb_array_elements_text($22::jsonb) as host),
  new_configuration as (
    insert into tenant_configurations (tenant, key, value)
    select op.tenant, c.key, c.value from op, jsonb_each_text($23::jsonb) as c),
  audit as (
    insert into audit_log (actor, host, action, tenant, slug, operation, details)
    select actor_name, actor_host, kind || '.started', tenant, slug, id,
           jsonb_build_object('company', $12::text, 'email', $13::text, 'stack', $15::text, 'plan', $16::text, 'set', $23::jsonb) from op)
  select fence from op)sql";

std::string domains_text(const std::vector<HostName>& domains) {
  auto list = nlohmann::json::array();
  for (const auto& domain : domains) list.push_back(domain.str());
  return to_text(list);
}

std::string plan_terms_text(const Operation& operation) {
  const auto found = operation.parameters.find("plan_terms");
  return found != operation.parameters.end() && found->is_object() ? to_text(*found) : "{}";
}

bool slug_is_taken(Connection& connection, const Operation& operation) {
  const auto rows = connection.query("select 1 from tenants where slug = $1 and status <> 'deleted'", {operation.slug});
  return rows && !rows->empty();
}

Error tenant_taken(Connection& connection, const Operation& operation) {
  const auto rows = connection.query(R"sql(
    select t.status, o.id from tenants t
      left join operations o on o.tenant = t.id and o.state in ('running', 'undoing', 'stuck')
     where t.slug = $1 and t.status <> 'deleted' order by o.started_at desc limit 1)sql",
                                     {operation.slug});
  const bool seen = rows && !rows->empty();
  auto error =
      make_error(ErrorCode::tenant_exists, seen ? fmt::format("tenant \"{}\" exists already and is {}", operation.slug, rows->text(0, 0))
                                                : fmt::format("tenant \"{}\" exists already", operation.slug));
  const bool unfinished = seen && !rows->is_null(0, 1);
  error.hint = unfinished
                   ? fmt::format("run \"tenantctl resume {0}\" to finish it, or \"tenantctl rollback {0}\" to remove it", operation.slug)
                   : fmt::format("run \"tenantctl show {}\"", operation.slug);
  return error;
}

Error domain_taken(Connection& connection, const Operation& operation, const std::vector<HostName>& domains) {
  const auto rows = connection.query(R"sql(
    select d.host, t.slug from tenant_domains d join tenants t on t.id = d.tenant
     where d.host in (select jsonb_array_elements_text($1::jsonb)) limit 1)sql",
                                     {domains_text(domains)});
  if (!rows || rows->empty()) return make_error(ErrorCode::tenant_exists, "a domain of this tenant belongs to another one");
  // Which of the violated constraints PostgreSQL names is up to its plan.
  if (rows->text(0, 1) == operation.slug) return tenant_taken(connection, operation);
  return make_error(ErrorCode::tenant_exists, fmt::format("domain \"{}\" belongs to tenant \"{}\"", rows->text(0, 0), rows->text(0, 1)))
      .with_hint(fmt::format("run \"tenantctl show {}\"", rows->text(0, 1)));
}

/// Why k_open returned nothing.
Error not_to_be_opened(Connection& connection, const Operation& operation, const std::string& server, std::size_t most_on_server) {
  const auto full = is_full(connection, server, most_on_server);
  if (full && *full) return got_full(server, most_on_server, "try again: another server is chosen, where one takes more").may_retry();
  const auto rows = connection.query(R"sql(
    select (extract(epoch from max(quarantined_until)) * 1000000)::bigint from tenants
     where slug = $1 and status = 'deleted' and quarantined_until > clock_timestamp())sql",
                                     {operation.slug});
  if (rows && (rows->empty() || rows->is_null(0, 0)) && !operation.parameters.contains("pool_template"))
    return make_error(ErrorCode::limit_reached, fmt::format("server \"{}\" was full for a moment", server))
        .with_hint("try again")
        .may_retry();
  if (rows && (rows->empty() || rows->is_null(0, 0))) {
    return make_error(ErrorCode::state_conflict, "what was taken out of the pool is no longer there for this operation")
        .with_hint("try again")
        .may_retry();
  }
  const auto until = rows ? to_rfc3339(instant_at(*rows, 0, 0)) : std::string("its quarantine ends");
  return make_error(ErrorCode::tenant_exists,
                    fmt::format("a tenant \"{}\" was deleted, and its name is kept from use until {}", operation.slug, until))
      .with_hint("choose another name");
}

}  // namespace

Result<OperationTicket> ControlOperations::open_create(const Operation& operation, const Tenant& tenant,
                                                       const std::vector<HostName>& domains, const TenantConfiguration& configuration,
                                                       std::size_t most_on_server) {
  const std::vector<Parameter> parameters{operation.id.str(),
                                          tenant.id.str(),
                                          tenant.slug.str(),
                                          operation.kind,
                                          std::to_string(operation.pipeline_version),
                                          to_text(operation.parameters),
                                          operation.actor.name,
                                          operation.actor.host,
                                          std::to_string(operation.actor.pid),
                                          operation.idempotency_key,
                                          tenant.code.str(),
                                          tenant.company_name,
                                          tenant.admin_email,
                                          tenant.owner,
                                          tenant.stack,
                                          tenant.plan,
                                          plan_terms_text(operation),
                                          tenant.server,
                                          tenant.database,
                                          tenant.domain,
                                          timestamp_parameter(tenant.trial_ends_at),
                                          domains_text(domains),
                                          to_text(nlohmann::json(configuration)),
                                          tenant.schema,
                                          operation.parameters.contains("pool_template") ? "true" : "false",
                                          std::to_string(most_on_server),
                                          timestamp_parameter(tenant.expires_at)};
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto counting, CountLock::take(connection, tenant.server, most_on_server));
    auto opened = connection.query(k_open, parameters);
    if (!opened) return fail(why_not_opened(connection, std::move(opened).error(), operation, tenant, domains));
    if (opened->empty()) return fail(not_to_be_opened(connection, operation, tenant.server, most_on_server));
    return opened->integer(0, 0);
  };
  return insert_surely(operation.id, write);
}

Result<OperationTicket> ControlOperations::insert_surely(const OperationId& id, const ControlSession::Write& write) {
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query("select fence from operations where id = $1", {id.str()}));
    return rows.empty() ? std::optional<std::int64_t>() : rows.integer(0, 0);
  };
  auto fence = session_.write_surely(write, took_hold);
  if (fence) return OperationTicket{.id = id, .fence = *fence};
  auto error = std::move(fence).error();
  if (error.code == ErrorCode::unfinished || error.code == ErrorCode::fenced) {
    error.hint = "run \"tenantctl operations list --unfinished\" to see whether it had begun, and resume or roll it back if so";
  }
  return fail(std::move(error));
}

Error ControlOperations::why_not_opened(Connection& connection, Error error, const Operation& operation, const Tenant& tenant,
                                        const std::vector<HostName>& domains) {
  const auto failure = connection.failure();
  if (failure.sqlstate != "23505") return error;
  if (failure.constraint == "operations_idempotency_key_key") {
    return make_error(ErrorCode::idempotency_mismatch, fmt::format("idempotency key \"{}\" was used before", operation.idempotency_key));
  }
  // Which of the constraints is met first is chance, and whoever takes the name again takes its domains again too.
  if (failure.constraint == "tenants_slug_key" || slug_is_taken(connection, operation)) return tenant_taken(connection, operation);
  if (failure.constraint == "tenant_domains_pkey") return domain_taken(connection, operation, domains);
  if (failure.constraint == "tenants_code_key" || failure.constraint == "tenants_database_key") {
    return make_error(ErrorCode::tenant_exists,
                      fmt::format("code \"{}\" or {} belongs to another tenant", tenant.code.str(),
                                  tenant.schema.empty() ? fmt::format("database \"{}\"", tenant.database)
                                                        : fmt::format("schema \"{}\" of database \"{}\"", tenant.schema, tenant.database)))
        .may_retry();
  }
  return error;
}

}  // namespace tenantctl::postgres
