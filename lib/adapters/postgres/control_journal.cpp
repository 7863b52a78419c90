#include "adapters/postgres/control_journal.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/outbox_entry.hpp"
#include "core/events.hpp"

namespace tenantctl::postgres {
namespace {

// The row lock makes a take-over wait for a write in flight, and a write that waited for a take-over see the new fence.
constexpr const char* k_record = R"sql(
  with op as (select id from operations where id = $1 and fence = $2 for share)
  insert into step_events (operation, step, mark, evidence, error_code, error_message, duration_ms)
  select op.id, e.value ->> 'step', e.value ->> 'mark', e.value -> 'evidence', e.value ->> 'error_code',
         e.value ->> 'error_message', (e.value ->> 'duration_ms')::bigint
    from op, jsonb_array_elements($3::jsonb) with ordinality as e (value, position)
   order by e.position)sql";

// Turning back a finished create takes the tenant out of service in the same breath.
constexpr const char* k_turn_back = R"sql(
  with op as (select * from operations where id = $1 and fence = $2 for update),
  stopped as (
    update tenants set status = 'provisioning' from op
     where tenants.id = op.tenant and op.kind = 'create' and op.state = 'succeeded')
  update operations
     set state = 'undoing', finished_at = null,
         error_code = case when op.state = 'undoing' then operations.error_code else $3 end,
         error_message = case when op.state = 'undoing' then operations.error_message else $4 end
    from op where operations.id = op.id)sql";

constexpr const char* k_close = R"sql(
  with op as (select * from operations where id = $1 and fence = $2 for update),
  last_events as (
    insert into step_events (operation, step, mark, evidence, error_code, error_message, duration_ms)
    select op.id, e.value ->> 'step', e.value ->> 'mark', e.value -> 'evidence', e.value ->> 'error_code',
           e.value ->> 'error_message', (e.value ->> 'duration_ms')::bigint
      from op, jsonb_array_elements($3::jsonb) with ordinality as e (value, position)
     order by e.position),
  {tenant_change}
  audit as (
    insert into audit_log (actor, host, action, tenant, slug, operation, details)
    select op.actor_name, op.actor_host, op.kind || '.' || $4::text, op.tenant, op.slug, op.id,
           jsonb_strip_nulls(jsonb_build_object('cause', nullif(op.error_code, ''), 'reason', nullif(op.parameters ->> 'reason', ''), 'domain', op.parameters ->> 'domain',
           'plan', op.parameters ->> 'to_plan', 'previous_plan', op.parameters ->> 'from_plan'))
      from op)
  update operations
     set state = $4::text, finished_at = case when $4::text in ('succeeded', 'undone') then clock_timestamp() end
    from op where operations.id = op.id)sql";

std::string events_text(std::span<const StepEvent> events) {
  auto list = nlohmann::json::array();
  for (const auto& event : events) {
    list.push_back({{"step", event.step},
                    {"mark", to_string(event.mark)},
                    {"evidence", event.evidence},
                    {"error_code", event.error_code},
                    {"error_message", storable(event.error_message)},
                    {"duration_ms", event.duration_ms}});
  }
  return to_text(list);
}

std::string_view change_of(const KeepTenant&) { return ""; }
std::string_view change_of(const RemoveTenant&) { return "removed as (delete from tenants using op where tenants.id = op.tenant),"; }
std::string_view change_of(const MarkTenantFailed&) {
  return "marked as (update tenants set status = 'failed' from op where tenants.id = op.tenant),";
}
std::string_view change_of(const ActivateTenant&) {
  // What its database was made of is in the journal: of this operation, or of the one that made it for the pool.
  return "made as (select evidence from ("
         "   select e.value -> 'evidence' as evidence, null as id from jsonb_array_elements($3::jsonb) as e (value)"
         "    where e.value ->> 'step' = 'database' and e.value ->> 'mark' = 'applied'"
         "   union all"
         "   select e.evidence, e.id from op join operations o on o.tenant = op.tenant join step_events e on e.operation = o.id"
         "    where e.step = 'database' and e.mark = 'applied') found order by id desc nulls first limit 1),"
         "activated as (update tenants set status = 'active', activated_at = coalesce(activated_at, clock_timestamp()),"
         " schema_version = coalesce((select evidence ->> 'schema_version' from made), ''),"
         " schema_fingerprint = coalesce((select evidence ->> 'schema_fingerprint' from made), ''), schema_revision = schema_revision + 1,"
         " trial_ends_at = $5::timestamptz from op where tenants.id = op.tenant),"
         "subscribed as (insert into plan_changes (tenant, plan, terms, operation) select t.id, t.plan, t.plan_terms, op.id"
         "  from op join tenants t on t.id = op.tenant on conflict do nothing),";
}

std::string_view change_of(const SetTenantStatus&) {
  return "changed as (update tenants set status = $5, status_reason = $6,"
         " suspended_at = case when $5 = 'active' then null else coalesce(suspended_at, clock_timestamp()) end,"
         " cancelled_at = case when $5 = 'cancelled' then coalesce(cancelled_at, clock_timestamp()) else cancelled_at end"
         " from op where tenants.id = op.tenant),";
}

std::string_view change_of(const MarkTenantDeleted&) {
  return "deleted as (update tenants set status = 'deleted', status_reason = $5, deleted_at = clock_timestamp(),"
         " suspended_at = coalesce(suspended_at, clock_timestamp()), quarantined_until = clock_timestamp() + make_interval(days => "
         "$6::integer)"
         " from op where tenants.id = op.tenant),"
         "domains as (delete from tenant_domains using op where tenant_domains.tenant = op.tenant),"
         "configuration as (delete from tenant_configurations using op where tenant_configurations.tenant = op.tenant),"
         "keys as (delete from api_keys using op where api_keys.tenant = op.tenant),"
         "copies as (delete from old_copies using op where old_copies.tenant = op.tenant),";
}

std::string_view change_of(const MarkDomainRouted&) {
  return "routed as (update tenant_domains d set routed_at = coalesce(d.routed_at, clock_timestamp()),"
         " verified_at = case when $6::boolean then coalesce(d.verified_at, clock_timestamp()) else d.verified_at end"
         " from op where d.tenant = op.tenant and d.host = $5 and d.kind = 'custom'),";
}
std::string_view change_of(const RemoveDomain&) {
  return "removed as (delete from tenant_domains d using op where d.tenant = op.tenant and d.host = $5 and d.kind = 'custom'),";
}

std::string_view change_of(const MarkPoolEntryReady&) {
  return "ready as (update pool_entries p set state = 'ready', template = $5 from op where p.tenant = op.tenant and p.filled_by = op.id "
         "and p.state = 'filling'),";
}
std::string_view change_of(const RemovePoolEntry&) {
  return "gone as (delete from pool_entries p using op where p.tenant = op.tenant and p.filled_by = op.id),";
}

std::string_view change_of(const ForgetMigrations&) {
  return "forgotten as (update tenants set schema_version = '', schema_fingerprint = '', schema_revision = schema_revision + 1 from op "
         "where tenants.id = op.tenant),";
}

std::string_view change_of(const MoveTenant&) {
  return "moved as (update tenants set server = $5, moving_to = null from op where tenants.id = op.tenant),"
         "arrived as (delete from old_copies using op where old_copies.tenant = op.tenant and old_copies.server = $5),"
         "left_behind as (insert into old_copies (tenant, server, database)"
         "  select t.id, t.server, $6 from op join tenants t on t.id = op.tenant"
         "  on conflict on constraint old_copies_pkey do update set database = excluded.database, since = excluded.since),";
}
std::string_view change_of(const StayTenant&) {
  return "stayed as (update tenants set moving_to = null from op where tenants.id = op.tenant),";
}

std::string_view change_of(const TakePlan&) {
  // A trial ends with the plan that it was of.
  return "taken as (update tenants set plan = $5, plan_terms = $6::jsonb,"
         " trial_ends_at = case when plan = $5 then trial_ends_at end, grace_ends_at = case when plan = $5 then grace_ends_at end"
         " from op where tenants.id = op.tenant),"
         "noted as (insert into plan_changes (tenant, plan, terms, operation) select op.tenant, $5, $6::jsonb, op.id from op"
         "  on conflict do nothing),";
}

/// What others are told of a change. The parameters are those of change_of().
using TenantEvents = std::vector<TenantEvent>;
template <class Change>
TenantEvents event_of(const Change&) {
  return {};
}
TenantEvents event_of(const ActivateTenant&) {
  return {{.type = events::tenant_created, .status = "'active'", .trial_ends_at = "$5::timestamptz"}};
}
TenantEvents event_of(const SetTenantStatus& change) {
  const auto type = change.status == TenantStatus::active      ? events::tenant_activated
                    : change.status == TenantStatus::suspended ? events::tenant_suspended
                                                               : events::tenant_cancelled;
  // A door that somebody opened by hand is closed again without a word.
  return {{.type = type, .status = "$5::text", .reason = "$6::text", .only_if = "t.status <> $5::text"}};
}
TenantEvents event_of(const MarkTenantDeleted&) { return {{.type = events::tenant_deleted, .status = "'deleted'", .reason = "$5::text"}}; }
TenantEvents event_of(const TakePlan& taken) {
  TenantEvent changed{.type = events::tenant_plan_changed,
                      .trial_ends_at = "case when t.plan = $5 then t.trial_ends_at end",
                      .plan = "$5::text",
                      .more = "jsonb_build_object('previous_plan', t.plan)"};
  auto converted = changed;
  converted.type = events::trial_converted;
  return taken.ends_trial ? TenantEvents{changed, converted} : TenantEvents{changed};
}
/// Of a create that was finished once, and so told of.
TenantEvents event_of(const RemoveTenant&) {
  return {{.type = events::tenant_deleted,
           .status = "'deleted'",
           .reason = "'its create was rolled back'",
           .only_if = "t.activated_at is not null"}};
}

Error fenced(const OperationTicket& ticket) {
  return make_error(ErrorCode::fenced, fmt::format("operation \"{}\" was taken over by another process", ticket.id.str()))
      .with_hint(fmt::format("run \"tenantctl operations show {}\" to see who holds it", ticket.id.str()));
}

/// Every write touches a row for the operation, unless the fence has moved.
Result<void> held(Result<std::int64_t> touched, const OperationTicket& ticket) {
  if (!touched) return fail(std::move(touched).error());
  if (*touched == 0) return fail(fenced(ticket));
  return {};
}

ControlSession::Write statement_of(const char* statement, const std::vector<Parameter>& parameters) {
  return [statement, &parameters](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query(statement, parameters));
    return rows.affected();
  };
}

}  // namespace

Result<std::vector<StepEvent>> ControlJournal::events(const OperationId& operation) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select step, mark, evidence, error_code, error_message, duration_ms, (extract(epoch from at) * 1000000)::bigint
      from step_events where operation = $1 order by id)sql",
                                                {operation.str()}));
  std::vector<StepEvent> events;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(const auto mark, parse_mark(rows.text(row, 1)));
    events.push_back({.step = rows.text(row, 0),
                      .mark = mark,
                      .evidence = json_at(rows, row, 2),
                      .error_code = rows.text(row, 3),
                      .error_message = rows.text(row, 4),
                      .duration_ms = rows.integer(row, 5),
                      .at = instant_at(rows, row, 6)});
  }
  known_[operation.str()] = rows.count();
  return events;
}

Result<void> ControlJournal::check(const OperationTicket& ticket) {
  auto checked = read_fence(ticket);
  // A read whose answer was lost has changed nothing: it is asked once more, instead of undoing a whole create.
  if (!checked && session_.current() == nullptr) checked = read_fence(ticket);
  return checked;
}

Result<void> ControlJournal::read_fence(const OperationTicket& ticket) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("select 1 from operations where id = $1 and fence = $2", {ticket.id.str(), std::to_string(ticket.fence)}));
  if (rows.empty()) return fail(fenced(ticket));
  return {};
}

Result<void> ControlJournal::record(const OperationTicket& ticket, std::span<const StepEvent> events) {
  if (events.empty()) return {};
  if (!known_.contains(ticket.id.str())) TRY(this->events(ticket.id));
  auto& known = known_[ticket.id.str()];
  const auto added = static_cast<std::int64_t>(events.size());
  const std::vector<Parameter> parameters{ticket.id.str(), std::to_string(ticket.fence), events_text(events)};
  // Under one fence nobody else writes: as many more events as these are these.
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query(R"sql(
      select (select count(*) from step_events where operation = o.id) from operations o where id = $1 and fence = $2)sql",
                                                 {ticket.id.str(), std::to_string(ticket.fence)}));
    return !rows.empty() && rows.integer(0, 0) == known + added ? std::optional(added) : std::nullopt;
  };
  TRY(held(session_.write_surely(statement_of(k_record, parameters), took_hold), ticket));
  known += added;
  return {};
}

Result<void> ControlJournal::turn_back(const OperationTicket& ticket, const Error& cause) {
  const std::vector<Parameter> parameters{ticket.id.str(), std::to_string(ticket.fence), std::string(info(cause.code).name),
                                          storable(full_message(cause))};
  return held(session_.write_surely(statement_of(k_turn_back, parameters), ControlSession::is_repeatable), ticket);
}

Result<void> ControlJournal::close(const OperationTicket& ticket, std::span<const StepEvent> events, OperationState state,
                                   const TenantChange& change) {
  std::vector<Parameter> parameters{ticket.id.str(), std::to_string(ticket.fence), events_text(events), std::string(to_string(state))};
  if (const auto* activate = std::get_if<ActivateTenant>(&change)) parameters.push_back(timestamp_parameter(activate->trial_ends_at));
  if (const auto* set = std::get_if<SetTenantStatus>(&change))
    parameters.insert(parameters.end(), {std::string(to_string(set->status)), storable(set->reason)});
  if (const auto* deleted = std::get_if<MarkTenantDeleted>(&change))
    parameters.insert(parameters.end(), {storable(deleted->reason), std::to_string(deleted->quarantine_days)});
  if (const auto* routed = std::get_if<MarkDomainRouted>(&change))
    parameters.insert(parameters.end(), {routed->host, routed->verified ? "true" : "false"});
  if (const auto* removed = std::get_if<RemoveDomain>(&change)) parameters.emplace_back(removed->host);
  if (const auto* ready = std::get_if<MarkPoolEntryReady>(&change)) parameters.emplace_back(ready->template_name);
  if (const auto* taken = std::get_if<TakePlan>(&change)) parameters.insert(parameters.end(), {taken->plan, to_text(taken->terms)});
  if (const auto* moved = std::get_if<MoveTenant>(&change)) parameters.insert(parameters.end(), {moved->server, moved->old_database});
  std::string clauses(std::visit([](const auto& kind) { return change_of(kind); }, change));
  const auto happened = std::visit([](const auto& kind) { return event_of(kind); }, change);
  for (const auto& event : happened) {
    const auto targets = session_.subscriptions().targets_of(event.type);
    if (targets.empty()) continue;
    parameters.push_back(to_text(nlohmann::json(targets)));
    clauses += told(event, parameters.size());
    session_.subscriptions().note_event();
  }
  const auto statement = fmt::format(fmt::runtime(k_close), fmt::arg("tenant_change", clauses));
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query("select 1 from operations where id = $1 and fence = $2 and state = $3",
                                                 {ticket.id.str(), std::to_string(ticket.fence), std::string(to_string(state))}));
    return rows.empty() ? std::optional<std::int64_t>() : 1;
  };
  return held(session_.write_surely(statement_of(statement.c_str(), parameters), took_hold), ticket);
}

}  // namespace tenantctl::postgres
