#include "adapters/postgres/control_usage.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

constexpr std::int64_t k_pruned_at_once = 10'000;

Limit limit_at(const Rows& rows, int row, int column) { return rows.is_null(row, column) ? Limit() : Limit(rows.integer(row, column)); }

}  // namespace

// Said twice it is as said once, so that it is said again where the answer was lost.
Result<void> ControlUsage::record(const UsageReport& report) {
  auto amounts = nlohmann::json::array();
  for (const auto& [resource, amount, company] : report.amounts)
    amounts.push_back({{"resource", resource->name}, {"kind", to_string(resource->kind)}, {"company", company}, {"amount", amount}});
  const std::vector<Parameter> parameters{report.tenant.str(), tenantctl::to_text(report.day), report.source, to_text(amounts)};
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
                                                 company ? Parameter(*company) : Parameter(), tenantctl::to_text(day)}));
  return UsageNow{.current = rows.integer(0, 0), .limit = limit_at(rows, 0, 1)};
}

// A take knows its own id: where the answer was lost it is looked for.
Result<LimitTaken> ControlUsage::take(const LimitTake& take) {
  LimitTaken taken;
  const std::vector<Parameter> parameters{take.tenant.str(),
                                          std::string(take.resource.name),
                                          std::string(to_string(take.resource.kind)),
                                          take.company,
                                          tenantctl::to_text(take.day),
                                          take.id,
                                          std::to_string(take.wanted)};
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

Result<void> ControlUsage::collect(const CollectedUsage& collected) {
  auto amounts = nlohmann::json::array();
  for (const auto& [day, used] : collected.amounts) {
    amounts.push_back({{"resource", used.resource->name},
                       {"kind", to_string(used.resource->kind)},
                       {"company", used.company},
                       {"day", tenantctl::to_text(day)},
                       {"amount", used.amount}});
  }
  auto whole = nlohmann::json::array();
  for (const auto* resource : collected.whole) whole.push_back(resource->name);
  const std::vector<Parameter> parameters{collected.tenant.str(), to_text(amounts), to_text(whole)};
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY(connection.query("select collect_usage($1, $2, $3)", parameters));
    return 1;
  };
  TRY(session_.write_surely(write, ControlSession::is_repeatable));
  return {};
}

Result<LogPlace> ControlUsage::counted_to(const LogName& log) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("select inode, read_to from request_logs where host = $1 and file = $2", {log.host, log.file}));
  if (rows.empty()) return LogPlace{};
  return LogPlace{.inode = rows.text(0, 0), .read_to = rows.integer(0, 1)};
}

// Repeated where the answer was lost it finds the log beyond `from`, and counts nothing more.
Result<std::optional<std::int64_t>> ControlUsage::count_requests(const LogStep& step) {
  auto counts = nlohmann::json::array();
  for (const auto& [host, day, requests] : step.counts)
    counts.push_back({{"host", host}, {"day", tenantctl::to_text(day)}, {"requests", requests}});
  const std::vector<Parameter> parameters{
      step.log.host,  step.log.file, step.from.inode, std::to_string(step.from.read_to), step.to.inode, std::to_string(step.to.read_to),
      to_text(counts)};
  std::optional<std::int64_t> counted;
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query("select count_requests($1, $2, $3, $4, $5, $6, $7)", parameters));
    if (!rows.is_null(0, 0)) counted = rows.integer(0, 0);
    return 1;
  };
  TRY(session_.write_surely(write, ControlSession::is_repeatable));
  return counted;
}

// The limit as tenant_limit() has it, for all tenants in one go.
Result<std::vector<MonthAmount>> ControlUsage::month(Month month) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select t.slug, t.plan, m.resource, coalesce(m.total, m.peak)::bigint, m.peak,
           case when o.tenant is not null then o.amount
                when t.plan_terms -> 'limits' ->> m.resource ~ '^[0-9]{1,18}$' then (t.plan_terms -> 'limits' ->> m.resource)::bigint end
      from usage_months m
      join tenants t on t.id = m.tenant
      left join limit_overrides o on o.tenant = m.tenant and o.resource = m.resource and (o.until is null or o.until > clock_timestamp())
     where m.month = $1 order by t.slug collate "C")sql",
                                                {month_text(month) + "-01"}));
  std::vector<MonthAmount> amounts;
  for (int row = 0; row < rows.count(); ++row) {
    const auto resource = find_used_resource(rows.text(row, 2));
    if (!resource) continue;  // of a newer tenantctl
    amounts.push_back({.slug = rows.text(row, 0),
                       .plan = rows.text(row, 1),
                       .resource = *resource,
                       .used = rows.integer(row, 3),
                       .peak = rows.integer(row, 4),
                       .limit = limit_at(rows, row, 5)});
  }
  return amounts;
}

// A statement for so many: nobody waits for the whole of it.
Result<std::int64_t> ControlUsage::prune_reports(Day before) {
  const auto prune = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query(R"sql(
      delete from usage_reports where ctid = any (array(
        select ctid from usage_reports where day < $1 limit $2 for update skip locked)))sql",
                                                 {tenantctl::to_text(before), std::to_string(k_pruned_at_once)}));
    return rows.affected();
  };
  std::int64_t pruned = 0;
  for (;;) {
    TRY_ASSIGN(const auto now, session_.write_surely(prune, ControlSession::is_repeatable));
    pruned += now;
    if (now < k_pruned_at_once) return pruned;
  }
}

}  // namespace tenantctl::postgres
