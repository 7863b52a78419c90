#include "adapters/postgres/control_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::postgres {
namespace {

// The budget as one instant (the "generic cell rate algorithm"): each request puts it off by $2, and while it is less than $3 away, a
// request goes at once. Answers the milliseconds until this one may.
constexpr const char* k_take_request = R"sql(
  insert into request_budgets as b (name, whole_at) values ($1, clock_timestamp() + $2::interval)
  on conflict (name) do update set whole_at = greatest(b.whole_at, clock_timestamp()) + $2::interval
  returning (extract(epoch from whole_at - $2::interval - $3::interval - clock_timestamp()) * 1000)::bigint)sql";

constexpr const char* k_hold_requests = R"sql(
  insert into request_budgets as b (name, whole_at) values ($1, clock_timestamp() + $2::interval)
  on conflict (name) do update set whole_at = greatest(b.whole_at, clock_timestamp() + $2::interval))sql";

std::string interval(std::chrono::milliseconds time) { return fmt::format("{} milliseconds", time.count()); }

std::chrono::milliseconds slack(const RequestRate& rate) { return rate.every * (rate.burst - 1); }

}  // namespace

Result<std::chrono::milliseconds> ControlBudget::take(const std::string& name, const RequestRate& rate) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_take_request, {name, interval(rate.every), interval(slack(rate))}));
  return std::chrono::milliseconds(std::max<std::int64_t>(0, rows.integer(0, 0)));
}

Result<void> ControlBudget::hold(const std::string& name, const RequestRate& rate, std::chrono::seconds pause) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(k_hold_requests, {name, interval(slack(rate) + pause)}));
  return {};
}

}  // namespace tenantctl::postgres
