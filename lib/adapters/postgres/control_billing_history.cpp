#include "adapters/postgres/control_billing_history.hpp"

#include <algorithm>
#include <set>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

constexpr const char* k_plans = R"sql(
  select tenant, (extract(epoch from at) * 1000000)::bigint, plan, terms from plan_changes
   where tenant = any ($1::uuid[]) and at < $2::timestamptz order by at, id)sql";

constexpr const char* k_agreements = R"sql(
  select tenant, resource, amount, (extract(epoch from begins) * 1000000)::bigint, (extract(epoch from ends) * 1000000)::bigint
    from limit_agreements
   where tenant = any ($1::uuid[])
     and begins < $3::timestamptz and (ends is null or ends > $2::timestamptz) order by begins desc, id desc)sql";

// The month's days, and the last one before it. Asked for each by itself: there are years of days, and the planner would rather read all.
constexpr const char* k_usage = R"sql(
  select a.tenant, (d.day - date '1970-01-01')::bigint, r.resource, d.amount, coalesce(d.at_end, d.amount)
    from unnest($1::uuid[]) as a (tenant) cross join jsonb_array_elements_text($4::jsonb) as r (resource) cross join lateral (
      (select day, amount, at_end from usage_days where tenant = a.tenant and resource = r.resource and day >= $2::date and day < $3::date
       offset 0)
      union all
      (select day, amount, at_end from usage_days where tenant = a.tenant and resource = r.resource and day < $2::date order by day desc limit 1)
    ) d
   order by 2)sql";

// Lines of years are told from those of months by their length.
constexpr const char* k_paid_years = R"sql(
  select i.tenant, (l ->> 'from_us')::bigint from invoices i cross join lateral jsonb_array_elements(i.lines) l
   where i.tenant = any ($1::uuid[]) and i.kind = 'invoice' and l ->> 'kind' = 'subscription'
     and (l ->> 'to_us')::bigint - (l ->> 'from_us')::bigint > 40 * 86400000000
     and (i.total_cents = 0 or i.total_cents + coalesce((select sum(c.total_cents) from invoices c where c.credits = i.number), 0) <> 0))sql";

Billable* billable_of(std::vector<Billable>& billables, const std::string& tenant) {
  const auto found = std::ranges::lower_bound(billables, tenant, {}, [](const Billable& one) { return one.id.str(); });
  return found != billables.end() && found->id.str() == tenant && found->history ? &*found : nullptr;
}

void read_plans(const Rows& rows, std::vector<Billable>& billables) {
  for (int row = 0; row < rows.count(); ++row) {
    auto* billable = billable_of(billables, rows.text(row, 0));
    if (billable == nullptr) continue;
    auto terms = terms_at(rows, row, 3, rows.text(row, 2));
    if (terms) billable->history->plans.push_back({.at = instant_at(rows, row, 1), .terms = *std::move(terms)});
    else billable->history = fail(std::move(terms).error());
  }
}

/// What any of them pays for above its limits: of the rest nothing is to be known.
std::set<std::string> priced(const std::vector<Billable>& billables) {
  std::set<std::string> resources;
  for (const auto& billable : billables) {
    if (!billable.history) continue;
    for (const auto& taken : billable.history->plans) {
      for (const auto& [resource, price] : taken.terms.overage) resources.insert(resource);
    }
  }
  return resources;
}

bool have_years(const std::vector<Billable>& billables) {
  return std::ranges::any_of(billables, [](const Billable& one) {
    return one.history && std::ranges::any_of(one.history->plans, [](const PlanTaken& taken) { return taken.terms.billed == "annual"; });
  });
}

}  // namespace

Result<Plan> terms_at(const Rows& rows, int row, int column, const std::string& plan) {
  auto document = json_at(rows, row, column);
  if (document.empty()) {  // of a tenant that was written by hand
    TRY_ASSIGN(auto name, ConfigName::parse(plan));
    return Plan{.name = std::move(name)};
  }
  // The row's own word counts: a plan is found by it.
  document["name"] = plan;
  return plan_from(document);
}

Result<void> read_histories(Connection& connection, Month month, std::vector<Billable>& billables) {
  std::string tenants;
  for (const auto& billable : billables) tenants += (tenants.empty() ? "{" : ",") + billable.id.str();
  tenants += tenants.empty() ? "{}" : "}";
  const auto begin = timestamp_parameter(begin_of(month));
  const auto end = timestamp_parameter(begin_of(month + std::chrono::months(1)));

  TRY_ASSIGN(const auto plans, connection.query(k_plans, {tenants, end}));
  read_plans(plans, billables);

  TRY_ASSIGN(const auto agreements, connection.query(k_agreements, {tenants, begin, end}));
  for (int row = 0; row < agreements.count(); ++row) {
    auto* billable = billable_of(billables, agreements.text(row, 0));
    if (billable == nullptr) continue;
    billable->history->agreed.push_back({.resource = agreements.text(row, 1),
                                         .amount = agreements.is_null(row, 2) ? Limit() : Limit(agreements.integer(row, 2)),
                                         .from = instant_at(agreements, row, 3),
                                         .to = optional_instant_at(agreements, row, 4)});
  }

  if (have_years(billables)) {
    TRY_ASSIGN(const auto paid, connection.query(k_paid_years, {tenants}));
    for (int row = 0; row < paid.count(); ++row) {
      if (auto* billable = billable_of(billables, paid.text(row, 0))) billable->history->paid_years.push_back(instant_at(paid, row, 1));
    }
  }

  const auto resources = priced(billables);
  if (resources.empty()) return {};
  const auto next = month_text(month + std::chrono::months(1)) + "-01";
  TRY_ASSIGN(const auto usage, connection.query(k_usage, {tenants, month_text(month) + "-01", next, to_text(nlohmann::json(resources))}));
  for (int row = 0; row < usage.count(); ++row) {
    if (auto* billable = billable_of(billables, usage.text(row, 0)))
      billable->history->usage.push_back({.day = Day{std::chrono::days(usage.integer(row, 1))},
                                          .resource = usage.text(row, 2),
                                          .amount = usage.integer(row, 3),
                                          .at_end = usage.integer(row, 4)});
  }
  return {};
}

}  // namespace tenantctl::postgres
