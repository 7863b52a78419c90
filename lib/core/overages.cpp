#include "core/overages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/money.hpp"

namespace tenantctl {
namespace {

using std::chrono::days;

// More than that in one line is a mistake in a price or a count, and sums of such lines might not fit.
constexpr Wide k_highest_line = 1'000'000'000'000'000;

bool has_same_price(const Plan& a, const Plan& b) {
  const auto key = [](const Plan& plan) { return std::tie(plan.name, plan.price_cents, plan.currency, plan.billed); };
  return key(a) == key(b);
}

/// There until it is taken away, and so charged for each day; all else happens once.
bool is_stock(ResourceKind kind) { return kind == ResourceKind::count || kind == ResourceKind::measured; }

std::int64_t above(std::int64_t amount, std::int64_t limit) { return std::max<std::int64_t>(amount - limit, 0); }

std::int64_t units(std::int64_t amount, std::int64_t unit) { return amount / unit + (amount % unit == 0 ? 0 : 1); }

/// The terms in force then; nothing before the first.
const Plan* terms_at(const BillingHistory& history, Instant instant) {
  const Plan* terms = nullptr;
  for (const auto& taken : history.plans) {
    if (taken.at <= instant) terms = &taken.terms;
  }
  return terms;
}

Limit limit_at(const BillingHistory& history, const std::string& resource, const Plan& terms, Instant instant) {
  for (const auto& agreed : history.agreed) {
    if (agreed.resource == resource && agreed.from <= instant && (!agreed.to || instant < *agreed.to)) return agreed.amount;
  }
  const auto limit = terms.limits.find(resource);
  return limit == terms.limits.end() ? Limit() : limit->second;
}

/// What of one resource is there, day after day.
class Meter {
 public:
  Meter(const BillingHistory& history, const Resource& resource, Month month) : kind_(resource.kind) {
    const Day first{month / 1};
    for (const auto& one : history.usage) {
      if (one.resource != resource.name) continue;
      if (one.day >= first) days_.push_back(&one);
      else left_ = one.at_end;
    }
  }

  /// How much lies above the limit on that day, which no question has passed yet.
  std::int64_t excess(Day day, const Limit& limit) {
    const auto* one = next_ < days_.size() && days_[next_]->day == day ? days_[next_++] : nullptr;
    const auto before = sum_;
    if (kind_ == ResourceKind::month) sum_ += one ? one->amount : 0;
    const auto there = one ? one->amount : is_stock(kind_) ? left_ : 0;
    if (one) left_ = one->at_end;
    if (!limit) return 0;
    return kind_ == ResourceKind::month ? above(sum_, std::max(before, *limit)) : above(there, *limit);
  }

 private:
  ResourceKind kind_;
  std::vector<const DayUsage*> days_;
  std::size_t next_ = 0;
  std::int64_t sum_ = 0;   // of the month until now
  std::int64_t left_ = 0;  // at the end of the last day that something was written of
};

/// What is above the limits within one stay, at one price.
struct Group {
  std::size_t stay;
  Overage price;
  Day first;
  Day last;
  Wide excess = 0;
  std::int64_t unit_days = 0;
};

Result<OverageLine> line_of(const Group& group, const PlanStay& stay, const Resource& resource, Month month) {
  const auto begin = begin_of(month);
  const auto end = begin_of(month + std::chrono::months(1));
  const auto coin = coin_of(stay.terms->currency);
  InvoiceLine line{.kind = LineKind::overage,
                   .plan = stay.terms->name.str(),
                   .resource = std::string(resource.name),
                   .from = std::max<Instant>(stay.from, group.first),
                   .to = std::min<Instant>(stay.to, group.last + days(1)),
                   .quantity = group.unit_days,
                   .unit = group.price.unit,
                   .price_cents = group.price.price_cents};
  if (!is_stock(resource.kind)) line.quantity = static_cast<std::int64_t>((group.excess + group.price.unit - 1) / group.price.unit);
  const auto owed = Wide(line.quantity) * group.price.price_cents;
  const auto month_days = std::chrono::floor<days>(end) - std::chrono::floor<days>(begin);
  const Wide parts = is_stock(resource.kind) ? month_days.count() : 1;
  if (owed / parts > k_highest_line)
    return fail(ErrorCode::bad_value,
                fmt::format("{} x {} of {} in {} is too much to be true", line.quantity,
                            money_text(group.price.price_cents, stay.terms->currency), resource.name, month_text(month)));
  line.amount_cents = to_coins(owed, parts, coin);
  return OverageLine{.currency = stay.terms->currency, .line = std::move(line)};
}

/// The terms of a day are those of its last moment, or of the tenant's.
std::vector<Group> groups_of(const BillingHistory& history, const std::vector<PlanStay>& stays, const Resource& resource, Month month) {
  const std::string name(resource.name);
  const Day end{(month + std::chrono::months(1)) / 1};
  Meter meter(history, resource, month);
  std::vector<Group> groups;
  for (Day day{month / 1}; day < end; day += days(1)) {
    const auto until = history.ended ? std::min<Instant>(day + days(1), *history.ended) : Instant(day + days(1));
    if (until <= day) break;
    const auto moment = until - std::chrono::microseconds(1);
    const auto stay = std::ranges::find_if(stays, [&](const PlanStay& one) { return one.from <= moment && moment < one.to; });
    const auto* terms = terms_at(history, moment);
    const auto excess = meter.excess(day, terms ? limit_at(history, name, *terms, moment) : Limit());
    if (excess == 0 || stay == stays.end() || stay->is_free || !terms->overage.contains(name)) continue;
    const auto& price = terms->overage.at(name);
    const auto index = static_cast<std::size_t>(stay - stays.begin());
    if (groups.empty() || groups.back().stay != index || groups.back().price != price)
      groups.push_back({.stay = index, .price = price, .first = day, .last = day});
    groups.back().last = day;
    groups.back().excess += excess;
    groups.back().unit_days += units(excess, price.unit);
  }
  return groups;
}

}  // namespace

std::vector<PlanStay> stays_of(const BillingHistory& history) {
  std::vector<PlanStay> stays;
  bool is_trial = !history.plans.empty() && history.plans.front().terms.trial_days > 0;
  for (std::size_t i = 0; i < history.plans.size(); ++i) {
    const auto& [from, terms] = history.plans[i];
    const bool is_last = i + 1 == history.plans.size();
    auto to = is_last ? Instant::max() : history.plans[i + 1].at;
    if (history.ended) to = std::min(to, *history.ended);
    is_trial = is_trial && terms.name == history.plans.front().terms.name;
    if (from >= to) continue;
    if (!stays.empty() && stays.back().is_free == is_trial && has_same_price(*stays.back().terms, terms)) {
      stays.back().to = to;
      stays.back().terms = &terms;
    } else {
      if (!stays.empty()) stays.back().is_changed = true;
      stays.push_back({.from = from, .to = to, .terms = &terms, .is_free = is_trial});
    }
  }
  return stays;
}

Result<std::vector<OverageLine>> overages_of(const BillingHistory& history, const std::vector<PlanStay>& stays, Month month) {
  std::vector<OverageLine> lines;
  for (const auto& resource : limited_resources()) {
    for (const auto& group : groups_of(history, stays, resource, month)) {
      TRY_ASSIGN(auto line, line_of(group, stays[group.stay], resource, month));
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace tenantctl
