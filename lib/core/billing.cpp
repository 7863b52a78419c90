#include "core/billing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/enum_names.hpp"
#include "core/money.hpp"
#include "core/overages.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 4> k_line_kinds{"subscription", "refund", "overage", "credit"};

Bill& bill_in(std::vector<Bill>& bills, const std::string& currency) {
  const auto found = std::ranges::find(bills, currency, &Bill::currency);
  if (found != bills.end()) return *found;
  bills.push_back({.currency = currency});
  return bills.back();
}

std::int64_t length(Instant from, Instant to) { return (to - from).count(); }

/// So much of a month as a plan was had. What is owed until then is rounded, not each part of it: however often a month is divided, its
/// parts add up to the month.
void add_months(const std::vector<PlanStay>& stays, Month month, std::vector<Bill>& bills) {
  const auto begin = begin_of(month);
  const auto end = begin_of(month + std::chrono::months(1));
  struct Running {
    Wide owed = 0;  // hundredths times the month's length
    std::int64_t billed = 0;
  };
  std::map<std::string, Running> running;
  for (const auto& stay : stays) {
    const auto from = std::max(stay.from, begin);
    const auto to = std::min(stay.to, end);
    const auto price = stay.terms->price_cents.value_or(0);
    if (from >= to || stay.is_free || price == 0 || stay.terms->billed != "monthly") continue;
    const auto& currency = stay.terms->currency;
    auto& sum = running[currency];
    sum.owed += Wide(price) * length(from, to);
    const auto now = to_coins(sum.owed, length(begin, end), coin_of(currency));
    bill_in(bills, currency)
        .lines.push_back({.plan = stay.terms->name.str(), .from = from, .to = to, .price_cents = price, .amount_cents = now - sum.billed});
    sum.billed = now;
  }
}

/// As many years after it; 29 February becomes 28 where there is none.
Instant years_after(Instant instant, int years) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date = std::chrono::year_month_day{day} + std::chrono::years(years);
  const auto good = date.ok() ? Day{date} : Day{date.year() / date.month() / std::chrono::last};
  return good + (instant - day);
}

/// In advance, as a year begins. Another plan within it gives back what is left of it, where it was paid; an end does not.
void add_years(const std::vector<PlanStay>& stays, const std::vector<Instant>& paid, Month month, std::vector<Bill>& bills) {
  const auto begin = begin_of(month);
  const auto end = begin_of(month + std::chrono::months(1));
  for (const auto& stay : stays) {
    const auto price = to_coins(stay.terms->price_cents.value_or(0), 1, coin_of(stay.terms->currency));
    if (stay.is_free || price == 0 || stay.terms->billed != "annual") continue;
    for (int year = 0;; ++year) {
      const auto from = years_after(stay.from, year);
      const auto to = years_after(stay.from, year + 1);
      if (from >= std::min(stay.to, end)) break;
      InvoiceLine line{.plan = stay.terms->name.str(), .from = from, .to = to, .price_cents = price, .amount_cents = price};
      auto& bill = bill_in(bills, stay.terms->currency);
      if (from >= begin) bill.lines.push_back(line);
      const bool is_paid = from >= begin || std::ranges::find(paid, from) != paid.end();
      if (!is_paid || !stay.is_changed || stay.to >= to || stay.to < begin || stay.to >= end) continue;
      line.kind = LineKind::refund;
      line.from = stay.to;
      line.amount_cents = -to_coins(Wide(price) * length(stay.to, to), length(from, to), coin_of(stay.terms->currency));
      bill.lines.push_back(line);
    }
  }
}

}  // namespace

std::string_view to_string(LineKind kind) { return k_line_kinds.at(static_cast<std::size_t>(kind)); }

Result<LineKind> parse_line_kind(std::string_view text) { return parse_enum<LineKind>(k_line_kinds, "a kind of line", text); }

std::int64_t Bill::total_cents() const {
  return std::accumulate(lines.begin(), lines.end(), std::int64_t{0}, [](auto sum, const auto& line) { return sum + line.amount_cents; });
}

Result<std::vector<Bill>> bills_of(const BillingHistory& history, Month month) {
  const auto stays = stays_of(history);
  std::vector<Bill> bills;
  add_months(stays, month, bills);
  add_years(stays, history.paid_years, month, bills);
  TRY_ASSIGN(const auto overages, overages_of(history, stays, month));
  for (const auto& overage : overages) bill_in(bills, overage.currency).lines.push_back(overage.line);
  for (auto& bill : bills) std::erase_if(bill.lines, [](const InvoiceLine& line) { return line.amount_cents == 0; });
  std::erase_if(bills, [](const Bill& bill) { return bill.lines.empty(); });
  return bills;
}

std::string line_text(const InvoiceLine& line) {
  switch (line.kind) {
    case LineKind::subscription: return "plan " + line.plan;
    case LineKind::refund: return fmt::format("plan {}, what is left of the year", line.plan);
    case LineKind::overage:
      return fmt::format("{} above the limit, {} x {} at {}", line.resource, line.quantity, line.unit, decimal_text(line.price_cents));
    case LineKind::credit: return "credit for " + line.resource;
  }
  return "";
}

}  // namespace tenantctl
