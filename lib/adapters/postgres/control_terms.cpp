#include "adapters/postgres/control_terms.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_billing_history.hpp"
#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

constexpr const char* k_override = R"sql(
  with written as (
    insert into limit_overrides (tenant, resource, amount, until, reason, actor) values ($1, $2, $3, $4, $5, $6)
    on conflict on constraint limit_overrides_pkey do update
       set amount = excluded.amount, until = excluded.until, reason = excluded.reason, actor = excluded.actor, made_at = excluded.made_at))sql"
                                   " " INSERT_AUDIT("7");

constexpr const char* k_end_override = R"sql(
  with removed as (delete from limit_overrides where tenant = $1 and resource = $2 returning 1))sql"
                                       " " INSERT_AUDIT("3") " cross join removed";

}  // namespace

Result<Plan> ControlTerms::of(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select plan, plan_terms from tenants where id = $1", {tenant.str()}));
  if (rows.empty()) return fail(ErrorCode::tenant_not_found, fmt::format("no tenant has the id \"{}\"", tenant.str()));
  return terms_at(rows, 0, 1, rows.text(0, 0));
}

Result<std::vector<PlanTaken>> ControlTerms::history(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select (extract(epoch from at) * 1000000)::bigint, plan, terms from plan_changes where tenant = $1 order by at, id)sql",
                                                {tenant.str()}));
  std::vector<PlanTaken> history;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto terms, terms_at(rows, row, 2, rows.text(row, 1)));
    history.push_back({.at = instant_at(rows, row, 0), .terms = std::move(terms)});
  }
  return history;
}

Result<std::vector<Subscriber>> ControlTerms::subscribers(const std::string& plan) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query(
                 "select slug, plan, plan_terms from tenants where plan = $1 and status in ('active', 'suspended') order by slug", {plan}));
  std::vector<Subscriber> subscribers;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto terms, terms_at(rows, row, 2, rows.text(row, 1)));
    subscribers.push_back({.slug = rows.text(row, 0), .terms = std::move(terms)});
  }
  return subscribers;
}

Result<std::map<std::string, LimitOverride>> ControlTerms::overrides(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select resource, amount, (extract(epoch from until) * 1000000)::bigint, reason from limit_overrides
     where tenant = $1 and (until is null or until > clock_timestamp()))sql",
                                                {tenant.str()}));
  std::map<std::string, LimitOverride> overrides;
  for (int row = 0; row < rows.count(); ++row) {
    overrides.emplace(rows.text(row, 0), LimitOverride{.amount = rows.is_null(row, 1) ? Limit() : Limit(rows.integer(row, 1)),
                                                       .until = optional_instant_at(rows, row, 2),
                                                       .reason = rows.text(row, 3)});
  }
  return overrides;
}

// Twice is as once, but for the entry of the audit log.
Result<void> ControlTerms::override_limit(const TenantId& tenant, const Resource& resource, const std::optional<LimitOverride>& limit,
                                          const AuditEntry& audit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const std::string name(resource.name);
  if (!limit) {
    TRY(connection->query(k_end_override, {tenant.str(), name, audit_parameter(audit)}));
    return {};
  }
  const auto amount = limit->amount ? Parameter(std::to_string(*limit->amount)) : Parameter();
  TRY(connection->query(k_override, {tenant.str(), name, amount, timestamp_parameter(limit->until), storable(limit->reason),
                                     storable(audit.actor), audit_parameter(audit)}));
  return {};
}

}  // namespace tenantctl::postgres
