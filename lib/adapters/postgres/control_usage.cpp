#include "adapters/postgres/control_usage.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

std::string day_text(Day day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Limit limit_at(const Rows& rows, int row, int column) { return rows.is_null(row, column) ? Limit() : Limit(rows.integer(row, column)); }

}  // namespace

// Said twice it is as said once, so that it is said again where the answer was lost.
Result<void> ControlUsage::record(const UsageReport& report) {
  auto amounts = nlohmann::json::array();
  for (const auto& [resource, amount, company] : report.amounts)
    amounts.push_back({{"resource", resource->name}, {"kind", to_string(resource->kind)}, {"company", company}, {"amount", amount}});
  const std::vector<Parameter> parameters{report.tenant.str(), day_text(report.day), report.source, to_text(amounts)};
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY(connection.query(R"sql(
      select record_usage($1, e ->> 'resource', e ->> 'kind', e ->> 'company', $2, $3, (e ->> 'amount')::bigint)
        from jsonb_array_elements($4::jsonb) e)sql",
                         parameters));
    return 1;
  };
  TRY(session_.write_surely(write, [](Connection&) { return Result<std::optional<std::int64_t>>(std::nullopt); }));
  return {};
}

Result<UsageNow> ControlUsage::now(const TenantId& tenant, const Resource& resource, const std::optional<std::string>& company, Day day) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select usage_now($1, $2, $3, $4, $5), tenant_limit($1, $2)",
                                                {tenant.str(), std::string(resource.name), std::string(to_string(resource.kind)),
                                                 company ? Parameter(*company) : Parameter(), day_text(day)}));
  return UsageNow{.current = rows.integer(0, 0), .limit = limit_at(rows, 0, 1)};
}

// A take knows its own id, so that it is asked for again where the answer was lost, and takes nothing more.
Result<LimitTaken> ControlUsage::take(const LimitTake& take) {
  LimitTaken taken;
  const std::vector<Parameter> parameters{
      take.tenant.str(), std::string(take.resource.name), std::string(to_string(take.resource.kind)), take.company, day_text(take.day),
      take.id,           std::to_string(take.wanted)};
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query("select granted, used, most from take_of_limit($1, $2, $3, $4, $5, $6, $7)", parameters));
    taken = {.granted = rows.flag(0, 0), .current = rows.integer(0, 1), .limit = limit_at(rows, 0, 2)};
    return 1;
  };
  TRY(session_.write_surely(write, [](Connection&) { return Result<std::optional<std::int64_t>>(std::nullopt); }));
  return taken;
}

Result<std::vector<UsageOfMonth>> ControlUsage::month(Day month, const std::optional<TenantId>& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select t.slug, u.resource, u.total::bigint, u.peak from usage_months u join tenants t on t.id = u.tenant
     where u.month = date_trunc('month', $1::date)::date and ($2::uuid is null or u.tenant = $2::uuid) order by t.slug, u.resource)sql",
                                                {day_text(month), tenant ? Parameter(tenant->str()) : Parameter()}));
  std::vector<UsageOfMonth> months;
  months.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row)
    months.push_back(
        {.slug = rows.text(row, 0), .resource = rows.text(row, 1), .total = limit_at(rows, row, 2), .peak = rows.integer(row, 3)});
  return months;
}

}  // namespace tenantctl::postgres
