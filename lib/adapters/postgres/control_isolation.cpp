#include "adapters/postgres/control_isolation.hpp"

#include <set>

#include "adapters/postgres/control_json.hpp"
#include "core/events.hpp"

namespace tenantctl::postgres {
namespace {

// $1 array of objects with the columns' names, $2 actor, $3 host, $4 array of who is told of a breach.
constexpr const char* k_record_isolation = R"sql(
  with given as (
    select g.* from jsonb_to_recordset($1::jsonb) as g (tenant uuid, slug text, tries bigint, breaches integer, inconclusive integer,
                                                        accepted integer, probes jsonb, broken jsonb)
      join tenants t on t.id = g.tenant),
  kept as (
    insert into isolation_results (tenant, tries, breaches, inconclusive, accepted)
    select tenant, tries, breaches, inconclusive, accepted from given
    on conflict (tenant) do update
      set checked_at = clock_timestamp(), tries = excluded.tries, breaches = excluded.breaches, inconclusive = excluded.inconclusive,
          accepted = excluded.accepted),
  told as (
    insert into outbox (event, type, target, tenant, slug, data)
    select e.id, 'isolation.breach', target, e.tenant, e.slug,
           jsonb_build_object('tenant', jsonb_build_object('id', e.tenant, 'slug', e.slug), 'tries', e.tries, 'breaches', e.breaches, 'probes', e.broken)
      from (select gen_random_uuid() as id, given.* from given where breaches > 0) e, jsonb_array_elements_text($4::jsonb) as target)
  insert into audit_log (actor, host, action, tenant, slug, details)
  select $2, $3, case when breaches > 0 then 'isolation.breached' when inconclusive > 0 then 'isolation.inconclusive' else 'isolation.verified' end,
         tenant, slug, jsonb_build_object('tries', tries, 'breaches', breaches, 'inconclusive', inconclusive, 'accepted', accepted, 'probes', probes)
    from given)sql";

}  // namespace

Result<void> ControlIsolation::record(std::span<const TenantIsolation> tenants, const Actor& actor) {
  auto rows = nlohmann::json::array();
  for (const auto& tenant : tenants) {
    std::set<std::string> probes, broken;
    for (const auto& finding : tenant.findings) {
      probes.insert(finding.probe);
      if (finding.verdict == Verdict::breach) broken.insert(finding.probe);
    }
    rows.push_back({{"tenant", tenant.id.str()},
                    {"slug", tenant.slug.str()},
                    {"tries", tenant.all_tries()},
                    {"breaches", tenant.count(Verdict::breach)},
                    {"inconclusive", tenant.count(Verdict::inconclusive)},
                    {"accepted", tenant.count(Verdict::accepted)},
                    {"probes", probes},
                    {"broken", broken}});
  }
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto told = session_.subscriptions().targets_of(events::isolation_breach);
  TRY(connection->query(k_record_isolation, {to_text(rows), actor.name, actor.host, to_text(nlohmann::json(told))}));
  if (!told.empty()) session_.subscriptions().note_event();
  return {};
}

Result<std::optional<IsolationRecord>> ControlIsolation::last(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select (extract(epoch from checked_at) * 1000000)::bigint, tries, breaches, inconclusive, accepted
      from isolation_results where tenant = $1)sql",
                                                {tenant.str()}));
  if (rows.empty()) return std::nullopt;
  return IsolationRecord{.at = instant_at(rows, 0, 0),
                         .tries = rows.integer(0, 1),
                         .breaches = static_cast<int>(rows.integer(0, 2)),
                         .inconclusive = static_cast<int>(rows.integer(0, 3)),
                         .accepted = static_cast<int>(rows.integer(0, 4))};
}

}  // namespace tenantctl::postgres
