#include "adapters/postgres/outbox_entry.hpp"

#include <fmt/format.h>

namespace tenantctl::postgres {

std::string told_tenant(const TenantEvent& event) {
  return fmt::format(R"sql(jsonb_build_object(
             'id', t.id, 'code', t.code, 'slug', t.slug, 'company_name', t.company_name, 'admin_email', t.admin_email, 'owner', t.owner,
             'stack', t.stack, 'plan', {plan}, 'status', {status}, 'host', t.domain,
             'trial_ends_at', to_char({trial_ends_at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))sql",
                     fmt::arg("plan", event.plan), fmt::arg("status", event.status), fmt::arg("trial_ends_at", event.trial_ends_at));
}

// An operation may tell of several things: each has a name of its own.
std::string told(const TenantEvent& event, std::size_t targets) {
  return fmt::format(R"sql(
  told_{targets} as (
    insert into outbox (event, type, target, tenant, slug, data)
    select md5(op.id::text || '{type}')::uuid, '{type}', target, t.id, t.slug, jsonb_build_object('tenant', {tenant}, 'reason', {reason}) || {more}
      from op join tenants t on t.id = op.tenant, jsonb_array_elements_text(${targets}::jsonb) as target
     where {only_if}
    on conflict do nothing),)sql",
                     fmt::arg("type", event.type), fmt::arg("tenant", told_tenant(event)), fmt::arg("reason", event.reason),
                     fmt::arg("more", event.more), fmt::arg("only_if", event.only_if), fmt::arg("targets", targets));
}

}  // namespace tenantctl::postgres
