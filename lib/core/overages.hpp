// The time that a tenant had each plan, and what it used above the limits within a month. A part of core/billing.hpp.
#pragma once
#include <string>
#include <vector>

#include "core/billing.hpp"

namespace tenantctl {

/// From one change of price to the next.
struct PlanStay {
  Instant from;
  Instant to;               // far away where it goes on
  const Plan* terms;        // of its end: limits may have changed within it. Belongs to the history
  bool is_free = false;     // a trial
  bool is_changed = false;  // it ended with another plan, or another price
};

/// Oldest first, without gaps. A trial is what a tenant began with, where that plan has trial days, until it takes another plan.
std::vector<PlanStay> stays_of(const BillingHistory& history);

struct OverageLine {
  std::string currency;
  InvoiceLine line;
};

/// In the order of the resources. Errors: bad_value.
Result<std::vector<OverageLine>> overages_of(const BillingHistory& history, const std::vector<PlanStay>& stays, Month month);

}  // namespace tenantctl
