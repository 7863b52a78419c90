// What a tenant owes for a month, made of what is written down about it: the plans that it took with their terms, when it ended, and what
// it used. Values only; the same history gives the same bill, whatever became of plans.yaml since.
#pragma once
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/month.hpp"
#include "core/plans.hpp"

namespace tenantctl {

/// For one tenant, in place of its plan's.
struct AgreedLimit {
  std::string resource;
  Limit amount;
  Instant from;
  std::optional<Instant> to = {};
};

/// What there was on a day of what is above zero: of counts the highest of that day, and how many were left at its end.
struct DayUsage {
  Day day;
  std::string resource;
  std::int64_t amount = 0;
  std::int64_t at_end = 0;
};

struct BillingHistory {
  std::vector<PlanTaken> plans;       // all since the tenant began, oldest first
  std::optional<Instant> ended = {};  // cancelled or deleted
  std::vector<AgreedLimit> agreed = {};
  std::vector<DayUsage> usage = {};      // by day, also the last one before the month
  std::vector<Instant> paid_years = {};  // the beginnings of those that are on an invoice which was not taken back
};

enum class LineKind : std::uint8_t { subscription, refund, overage, credit };
std::string_view to_string(LineKind kind);
/// Errors: bad_value.
Result<LineKind> parse_line_kind(std::string_view text);

struct InvoiceLine {
  LineKind kind = LineKind::subscription;
  std::string plan = {};
  std::string resource = {};  // of an overage
  Instant from{};             // what it is for: until `to`, which is no part of it
  Instant to{};
  std::int64_t quantity = 0;  // of an overage: priced units; of what is charged by the day, times the days on which they were there
  std::int64_t unit = 0;      // how many of the resource one of these is
  std::int64_t price_cents = 0;
  std::int64_t amount_cents = 0;
};

struct Bill {
  std::string currency;
  std::vector<InvoiceLine> lines = {};

  std::int64_t total_cents() const;
};

/// One for each currency in which something is owed. Which rules it goes by is in docs/billing.md. Errors: bad_value, where an amount is
/// too large to be true.
Result<std::vector<Bill>> bills_of(const BillingHistory& history, Month month);

/// What the line says, for people: "plan starter", "companies above the limit, 31 x 1 at 5.00".
std::string line_text(const InvoiceLine& line);

}  // namespace tenantctl
