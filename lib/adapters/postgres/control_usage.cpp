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
  TRY(session_.write_surely(write, ControlSession::is_repeatable));
  return {};
}

Result<UsageNow> ControlUsage::now(const TenantId& tenant, const Resource& resource, const std::optional<std::string>& company, Day day) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select usage_now($1, $2, $3, $4, $5), tenant_limit($1, $2)",
                                                {tenant.str(), std::string(resource.name), std::string(to_string(resource.kind)),
                                                 company ? Parameter(*company) : Parameter(), day_text(day)}));
  return UsageNow{.current = rows.integer(0, 0), .limit = limit_at(rows, 0, 1)};
}

// A take knows its own id: where the answer was lost it is looked for.
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
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query(R"sql(
      select usage_now($1, $2, $3, $4, $5), tenant_limit($1, $2) from usage_reports
       where tenant = $1 and resource = $2 and day = $5 and source = $6)sql",
                                                 {parameters.begin(), parameters.begin() + 6}));
    if (rows.empty()) return std::optional<std::int64_t>();
    taken = {.granted = true, .current = rows.integer(0, 0), .limit = limit_at(rows, 0, 1)};
    return 1;
  };
  TRY(session_.write_surely(write, took_hold));
  return taken;
}

}  // namespace tenantctl::postgres
