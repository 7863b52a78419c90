#include "adapters/postgres/control_trials.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/outbox_entry.hpp"

namespace tenantctl::postgres {
namespace {

// Days before an end are of 24 hours: an interval of days would be longer or shorter where the session's time zone changes its clocks. The
// nearest reminder that is due is the one with the fewest days.
#define TRIALS_TO_REMIND                                                                     \
  "select t.id, t.slug, t.trial_ends_at, r.days from tenants t cross join lateral ("         \
  "  select min(d::integer) as days from jsonb_array_elements_text($2::jsonb) d"             \
  "   where t.trial_ends_at <= $1::timestamptz + make_interval(hours => 24 * d::integer)) r" \
  " where t.status = 'active' and t.trial_ends_at > $1::timestamptz and r.days is not null"  \
  "   and (t.trial_reminded is null or t.trial_reminded > r.days)"
#define TRIAL_IS_OVER "t.status = 'active' and t.trial_ends_at <= $1::timestamptz"
#define GRACE_BEGINS TRIAL_IS_OVER " and t.grace_ends_at is null and t.payment_reference = '' and t.plan_terms ? 'grace_days'"

// A tenant that an operator activated after its suspension is left to the operator.
constexpr const char* k_due = "with to_remind as (" TRIALS_TO_REMIND R"sql()
  select slug, 0 from to_remind
  union all
  select t.slug, 1 from tenants t where )sql" GRACE_BEGINS R"sql(
  union all
  select t.slug, 2 from tenants t where )sql" TRIAL_IS_OVER R"sql( and t.payment_reference <> ''
  union all
  select t.slug, 3 from tenants t
   where t.status = 'active' and t.grace_ends_at <= $1::timestamptz and t.payment_reference = ''
     and not exists (select from operations o where o.tenant = t.id and o.kind = 'suspend' and o.state = 'succeeded'
                                                and o.parameters ->> 'reason' = $3 and o.finished_at >= t.trial_ends_at)
  union all
  select t.slug, 4 from tenants t
   where t.status = 'suspended' and t.status_reason = $3 and t.grace_ends_at is not null
     and t.payment_reference = '' and t.suspended_at + make_interval(hours => 24 * (t.plan_terms ->> 'retention_days')::integer) <= $1::timestamptz
   order by 1, 2)sql";

constexpr const char* k_remind = "with due as (" TRIALS_TO_REMIND R"sql(),
  changed as (
    update tenants t set trial_reminded = due.days from due
     where t.id = due.id and t.status = 'active' and t.trial_ends_at = due.trial_ends_at
       and (t.trial_reminded is null or t.trial_reminded > due.days) returning t.*, due.days),
  told as (
    insert into outbox (event, type, target, tenant, slug, data)
    select md5(t.id::text || '{type} ' || extract(epoch from t.trial_ends_at) || ' ' || t.days)::uuid, '{type}', target, t.id, t.slug,
           jsonb_build_object('tenant', {tenant}, 'reason', '', 'days_left', ceil(extract(epoch from t.trial_ends_at - $1::timestamptz) / 86400)::integer, 'has_payment_method', t.payment_reference <> '')
      from changed t, jsonb_array_elements_text($3::jsonb) as target
        on conflict do nothing)
  select slug from changed order by slug)sql";

constexpr const char* k_begin_grace = R"sql(
  with changed as (
    update tenants t set grace_ends_at = after_days($1::timestamptz, (plan_terms ->> 'grace_days')::integer, $2)
     where )sql" GRACE_BEGINS R"sql( returning t.*),
  told as (
    insert into outbox (event, type, target, tenant, slug, data)
    select md5(t.id::text || '{type} ' || extract(epoch from t.trial_ends_at))::uuid, '{type}', target, t.id, t.slug,
           jsonb_build_object('tenant', {tenant}, 'reason', '',
                              'grace_ends_at', case when t.grace_ends_at > $1::timestamptz
                                                   then to_char(t.grace_ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end)
      from changed t, jsonb_array_elements_text($3::jsonb) as target
        on conflict do nothing)
  select slug from changed order by slug)sql";

constexpr const char* k_extend = R"sql(
  with changed as (
    update tenants set trial_ends_at = $3::timestamptz, grace_ends_at = null, trial_reminded = null
     where id = $1 and trial_ends_at = $2::timestamptz and status in ('active', 'suspended')
       and not exists (select from operations o where o.tenant = $1 and o.state in ('running', 'undoing', 'stuck')) returning 1),
  audit as ()sql" INSERT_AUDIT("4") R"sql( cross join changed)
  select 1 from changed)sql";

constexpr const char* k_set_payment =
    "with changed as (update tenants set payment_reference = $2 where id = $1 and payment_reference <> $2 returning 1) " INSERT_AUDIT(
        "3") " cross join changed";

std::string reminders() { return to_text(nlohmann::json(k_trial_reminders)); }

}  // namespace

Result<std::vector<TrialDue>> ControlTrials::due(Instant now) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_due, {timestamp_parameter(now), reminders(), std::string(k_trial_over)}));
  std::vector<TrialDue> due;
  for (int row = 0; row < rows.count(); ++row)
    due.push_back({.slug = rows.text(row, 0), .action = static_cast<TrialAction>(rows.integer(row, 1))});
  return due;
}

// Whoever was told once is not told again, so that it is safe to ask again where the answer was lost: the outbox knows the events by their
// ids.
Result<std::vector<std::string>> ControlTrials::told(const char* statement, std::string_view event, Instant now, const Parameter& second) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto targets = session_.subscriptions().targets_of(event);
  if (!targets.empty()) session_.subscriptions().note_event();
  const auto text = fmt::format(fmt::runtime(statement), fmt::arg("type", event), fmt::arg("tenant", told_tenant({})));
  TRY_ASSIGN(const auto rows, connection->query(text.c_str(), {timestamp_parameter(now), second, to_text(nlohmann::json(targets))}));
  std::vector<std::string> slugs;
  for (int row = 0; row < rows.count(); ++row) slugs.push_back(rows.text(row, 0));
  return slugs;
}

Result<std::vector<std::string>> ControlTrials::remind(Instant now) { return told(k_remind, events::trial_ending, now, reminders()); }

Result<std::vector<std::string>> ControlTrials::begin_grace(Instant now, const TrialCalendar& calendar) {
  TRY(end_of(now, 1, calendar));  // an unknown time zone is told as such, also where nothing is due
  return told(k_begin_grace, events::trial_expired, now, calendar.zone);
}

Result<Instant> ControlTrials::end_of(Instant begin, int days, const TrialCalendar& calendar) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto rows = connection->query("select (extract(epoch from after_days($1::timestamptz, $2::integer, $3)) * 1000000)::bigint",
                                      {timestamp_parameter(begin), std::to_string(days), calendar.zone});
  if (rows) return instant_at(*rows, 0, 0);
  constexpr std::string_view k_no_such_zone = "22023";  // invalid_parameter_value
  if (connection->failure().sqlstate != k_no_such_zone) return fail(rows.error());
  return fail(make_error(ErrorCode::config_invalid, fmt::format("trials.time_zone: there is no time zone \"{}\"", calendar.zone))
                  .with_hint("write trials: { time_zone: Europe/Berlin }, or another name of the IANA time zone database"));
}

Result<void> ControlTrials::extend(const TenantId& tenant, Instant end, Instant later, const AuditEntry& audit) {
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows,
               connection.query(k_extend, {tenant.str(), timestamp_parameter(end), timestamp_parameter(later), audit_parameter(audit)}));
    if (!rows.empty()) return 1;
    return fail(make_error(ErrorCode::state_conflict,
                           "an operation on the tenant is unfinished, or its trial was changed meanwhile; nothing was extended")
                    .with_hint("run \"tenantctl operations list --unfinished\", and resume or roll back what is there"));
  };
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query("select 1 from tenants where id = $1 and trial_ends_at = $2::timestamptz",
                                                 {tenant.str(), timestamp_parameter(later)}));
    return rows.empty() ? std::optional<std::int64_t>() : 1;
  };
  TRY(session_.write_surely(write, took_hold));
  return {};
}

Result<void> ControlTrials::set_payment(const TenantId& tenant, const std::string& reference, const AuditEntry& audit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(k_set_payment, {tenant.str(), reference, audit_parameter(audit)}));
  return {};
}

}  // namespace tenantctl::postgres
