// What a month costs, and that money adds up whatever happened within it.
#include "core/billing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "core/moment.hpp"
#include "core/money.hpp"

using namespace tenantctl;
using namespace std::chrono_literals;

namespace {

constexpr Month k_november{std::chrono::year{2026}, std::chrono::month{11}};

Instant at(const char* text) { return parse_instant(text).value(); }
std::chrono::sys_days day_at(const char* text) { return std::chrono::floor<std::chrono::days>(at(text)); }

Plan plan_at(const char* name, std::int64_t price_cents) {
  Plan plan{.name = *ConfigName::parse(name)};
  plan.price_cents = price_cents;
  return plan;
}

Plan yearly(const char* name, std::int64_t price_cents) {
  auto plan = plan_at(name, price_cents);
  plan.billed = "annual";
  return plan;
}

Plan charging(Plan plan, const char* resource, Limit limit, Overage price) {
  plan.limits[resource] = limit;
  plan.overage[resource] = price;
  return plan;
}

std::vector<Bill> bills(const BillingHistory& history, Month month = k_november) { return bills_of(history, month).value(); }

/// Of the only bill; 0 where nothing is owed.
std::int64_t total(const BillingHistory& history, Month month = k_november) {
  const auto all = bills(history, month);
  REQUIRE(all.size() <= 1);
  return all.empty() ? 0 : all.front().total_cents();
}

DayUsage used(const char* day, const char* resource, std::int64_t amount) {
  return {.day = day_at(day), .resource = resource, .amount = amount, .at_end = amount};
}

}  // namespace

TEST_CASE("a whole month costs the plan's price, in a month of any length", "[billing]") {
  const BillingHistory history{.plans = {{at("2026-01-15"), plan_at("starter", 4900)}}};
  for (unsigned month = 2; month <= 12; ++month) CHECK(total(history, std::chrono::year{2026} / std::chrono::month{month}) == 4900);
}

TEST_CASE("a part of a month costs its part of the price, to the microsecond", "[billing]") {
  CHECK(total({.plans = {{at("2026-11-16"), plan_at("starter", 4900)}}}) == 2450);
  CHECK(total({.plans = {{at("2026-11-30T23:59:59.999999Z"), plan_at("starter", 4900)}}}) == 0);
  CHECK(total({.plans = {{at("2026-10-01"), plan_at("starter", 4900)}}, .ended = at("2026-11-07T12:00:00Z")}) == 1062);  // 1061.67
  CHECK(total({.plans = {{at("2026-10-01"), plan_at("starter", 4900)}}, .ended = at("2026-11-01")}) == 0);
  CHECK(total({.plans = {{at("2026-12-01"), plan_at("starter", 4900)}}}) == 0);
}

TEST_CASE("a change of plan divides the month at its instant", "[billing]") {
  const auto all = bills({.plans = {{at("2026-10-01"), plan_at("starter", 4900)}, {at("2026-11-11"), plan_at("professional", 19900)}}});

  REQUIRE(all.size() == 1);
  REQUIRE(all[0].lines.size() == 2);
  CHECK(all[0].lines[0].plan == "starter");
  CHECK(all[0].lines[0].to == at("2026-11-11"));
  CHECK(all[0].lines[0].amount_cents == 1633);   // 1633.33
  CHECK(all[0].lines[1].amount_cents == 13267);  // 13266.67
  CHECK(all[0].total_cents() == 14900);
}

TEST_CASE("a trial is free until another plan is taken, and nothing above its limits is charged", "[billing]") {
  auto trial = charging(plan_at("trial", 1000), "transactions_per_month", 10, {.unit = 1, .price_cents = 100});
  trial.trial_days = 14;
  BillingHistory history{.plans = {{at("2026-10-25"), trial}}, .usage = {used("2026-11-03", "transactions_per_month", 50)}};
  CHECK(total(history) == 0);
  history.plans.push_back({at("2026-11-05"), trial});  // with other terms of the same plan
  CHECK(total(history) == 0);
  history.plans.push_back({at("2026-11-16"), plan_at("starter", 4900)});
  CHECK(total(history) == 2450);
  history.plans.push_back({at("2026-11-16T12:00:00Z"), trial});  // for once: a trial is what a tenant begins with
  CHECK(total(history) > 0);
}

TEST_CASE("a price that is agreed with the customer is on no bill", "[billing]") {
  auto plan = plan_at("enterprise", 0);
  plan.price_cents.reset();
  CHECK(total({.plans = {{at("2026-10-01"), plan}}}) == 0);
}

TEST_CASE("a year is paid in the month in which it begins", "[billing]") {
  const BillingHistory history{.plans = {{at("2026-02-10T08:00:00Z"), yearly("enterprise", 120000)}}, .ended = at("2027-06-01")};
  CHECK(total(history, std::chrono::year{2026} / 1) == 0);
  CHECK(total(history, std::chrono::year{2026} / 2) == 120000);
  CHECK(total(history, std::chrono::year{2026} / 3) == 0);
  CHECK(total(history, std::chrono::year{2027} / 2) == 120000);
  CHECK(total(history, std::chrono::year{2027} / 6) == 0);  // what ends gives nothing back
  CHECK(total(history, std::chrono::year{2028} / 2) == 0);
}

TEST_CASE("a year that began on 29 February begins anew on 28 February", "[billing]") {
  const auto all = bills({.plans = {{at("2028-02-29"), yearly("enterprise", 120000)}}}, std::chrono::year{2029} / 2);
  REQUIRE(all.size() == 1);
  CHECK(all[0].lines.at(0).from == at("2029-02-28"));
  CHECK(all[0].lines.at(0).to == at("2030-02-28"));
}

TEST_CASE("another plan within a paid year gives back what is left of it", "[billing]") {
  BillingHistory history{.plans = {{at("2026-01-01"), yearly("basic", 36500)}, {at("2026-11-01"), plan_at("starter", 4900)}}};
  CHECK(total(history) == 4900);  // nobody has asked for that year, or it was taken back
  history.paid_years = {at("2026-01-01")};

  const auto all = bills(history);

  REQUIRE(all.size() == 1);
  REQUIRE(all[0].lines.size() == 2);
  CHECK(all[0].lines[1].kind == LineKind::refund);
  CHECK(all[0].lines[1].amount_cents == -6100);  // 61 of 365 days
  CHECK(all[0].total_cents() == 4900 - 6100);
  CHECK(total(history, std::chrono::year{2026} / 12) == 4900);
}

TEST_CASE("another plan in the very month in which a year began gives back what is left of it", "[billing]") {
  CHECK(total({.plans = {{at("2026-11-01"), yearly("basic", 36500)}, {at("2026-11-11"), plan_at("free", 0)}}}) == 1000);
}

TEST_CASE("new terms at the same price go on with the same year", "[billing]") {
  auto wider = yearly("basic", 36500);
  wider.limits["companies"] = 9;
  const BillingHistory history{.plans = {{at("2026-01-01"), yearly("basic", 36500)}, {at("2026-11-05"), wider}},
                               .paid_years = {at("2026-01-01")}};
  CHECK(total(history) == 0);
  CHECK(total(history, std::chrono::year{2027} / 1) == 36500);
}

TEST_CASE("each currency has a bill of its own, in whole coins", "[billing]") {
  auto yen = plan_at("tokyo", 500000);
  yen.currency = "JPY";

  const auto all = bills({.plans = {{at("2026-10-01"), plan_at("starter", 4900)}, {at("2026-11-08"), yen}}});

  REQUIRE(all.size() == 2);
  CHECK(all[0].currency == "USD");
  CHECK(all[0].total_cents() == 1143);  // 1143.33
  CHECK(all[1].currency == "JPY");
  CHECK(all[1].total_cents() == 383300);  // 3833.33 yen
}

TEST_CASE("what happens above a month's limit is charged in started units, by the limit of its day", "[billing]") {
  const auto plan = charging(plan_at("starter", 0), "transactions_per_month", 1000, {.unit = 100, .price_cents = 250});
  BillingHistory history{.plans = {{at("2026-10-01"), plan}},
                         .usage = {used("2026-10-30", "transactions_per_month", 5000), used("2026-11-02", "transactions_per_month", 900),
                                   used("2026-11-09", "transactions_per_month", 100)}};
  CHECK(total(history) == 0);
  history.usage.push_back(used("2026-11-10", "transactions_per_month", 101));
  CHECK(total(history) == 500);
  history.agreed = {{.resource = "transactions_per_month", .amount = 1100, .from = at("2026-11-10T12:00:00Z")}};
  CHECK(total(history) == 250);
  history.agreed = {{.resource = "transactions_per_month", .amount = {}, .from = at("2026-11-01"), .to = at("2026-11-11")}};
  CHECK(total(history) == 0);
  history.usage.push_back(used("2026-11-11", "transactions_per_month", 7));  // the agreement is over
  CHECK(total(history) == 250);
}

TEST_CASE("what happens above a day's limit is charged for each day, in started units of them all", "[billing]") {
  const auto plan = charging(plan_at("starter", 0), "api_calls_per_day", 10, {.unit = 10, .price_cents = 5});
  const BillingHistory history{.plans = {{at("2026-10-01"), plan}},
                               .usage = {used("2026-11-02", "api_calls_per_day", 14), used("2026-11-03", "api_calls_per_day", 10),
                                         used("2026-11-04", "api_calls_per_day", 17)}};
  CHECK(total(history) == 10);  // 4 + 7
}

TEST_CASE("what is there above a limit is charged by the day, also on days of which nothing is written", "[billing]") {
  const auto plan = charging(plan_at("starter", 0), "storage_bytes", 1000, {.unit = 100, .price_cents = 3000});
  BillingHistory history{.plans = {{at("2026-10-01"), plan}}, .usage = {used("2026-10-20", "storage_bytes", 1150)}};
  CHECK(total(history) == 6000);  // two units all month
  CHECK(bills(history)[0].lines.at(0).from == at("2026-11-01"));
  history.usage.push_back(used("2026-11-16", "storage_bytes", 900));
  CHECK(total(history) == 3000);
  CHECK(bills(history)[0].lines.at(0).to == at("2026-11-16"));
  history.ended = at("2026-11-04");
  CHECK(total(history) == 600);
}

TEST_CASE("of a count the highest of a day is charged, and afterwards what was left at its end", "[billing]") {
  const auto plan = charging(plan_at("starter", 0), "companies", 1, {.unit = 1, .price_cents = 3000});
  const BillingHistory history{.plans = {{at("2026-10-01"), plan}},
                               .usage = {{.day = day_at("2026-11-10"), .resource = "companies", .amount = 4, .at_end = 2},
                                         {.day = day_at("2026-11-21"), .resource = "companies", .amount = 2, .at_end = 1}}};
  CHECK(total(history) == (3 + 10 + 1) * 100);
}

TEST_CASE("an amount that is too large to be true is refused", "[billing]") {
  const auto plan = charging(plan_at("starter", 0), "api_calls_per_day", 0, {.unit = 1, .price_cents = 100'000'000'000'000});
  const auto refused = bills_of(
      {.plans = {{at("2026-10-01"), plan}}, .usage = {used("2026-11-02", "api_calls_per_day", 1'000'000'000'000'000)}}, k_november);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::bad_value);
}

namespace {

/// Histories that nobody would think of: plans of random prices at random moments around a month, with random usage. Each plan has another
/// price, so that none of them go together.
class RandomHistory {
 public:
  explicit RandomHistory(std::uint32_t seed) : random_(seed) {}

  BillingHistory make() {
    BillingHistory history;
    auto moment = at("2026-10-20") + std::chrono::microseconds(number(0, 20) * 86'400'000'000 + number(0, 86'400'000'000));
    const auto count = number(1, 7);
    for (std::int64_t i = 0; i < count; ++i) {
      history.plans.push_back({moment, plan(i)});
      moment += std::chrono::microseconds(number(1, 12 * 86'400) * number(1, 1'000'000));
    }
    if (number(0, 3) == 0) history.ended = moment;
    if (number(0, 3) == 0) history.plans.front().terms.trial_days = 14;
    for (const auto* resource : {"transactions_per_month", "api_calls_per_day", "storage_bytes", "companies"}) {
      for (auto day = day_at("2026-11-01"); day < day_at("2026-12-01"); day += std::chrono::days(number(1, 9)))
        history.usage.push_back({.day = day, .resource = resource, .amount = number(0, 5000), .at_end = number(0, 2000)});
    }
    return history;
  }

  std::int64_t number(std::int64_t lowest, std::int64_t highest) { return std::uniform_int_distribution(lowest, highest)(random_); }

 private:
  Plan plan(std::int64_t index) {
    auto plan = plan_at(fmt::format("p{}", index).c_str(), number(0, 4000) * 25 + index);
    if (number(0, 3) == 0) plan.currency = "EUR";
    for (const auto* resource : {"transactions_per_month", "api_calls_per_day", "storage_bytes", "companies"}) {
      if (number(0, 2) > 0)
        plan = charging(plan, resource, number(0, 3) == 0 ? Limit() : Limit(number(0, 3000)),
                        {.unit = number(1, 400), .price_cents = number(0, 900)});
    }
    return plan;
  }

  std::mt19937 random_;
};

/// Hundredths times the month's microseconds, by plan: worked out plan by plan, and added up by nobody.
std::map<std::string, Wide> owed_for_plans(const BillingHistory& history, Month month) {
  std::map<std::string, Wide> owed;
  for (std::size_t i = 0; i < history.plans.size(); ++i) {
    const auto& [from, terms] = history.plans[i];
    if (i == 0 && terms.trial_days > 0) continue;
    auto to = i + 1 < history.plans.size() ? history.plans[i + 1].at : at("2100-01-01");
    if (history.ended && *history.ended < to) to = *history.ended;
    const auto begin = std::max(from, begin_of(month));
    const auto end = std::min(to, begin_of(month + std::chrono::months(1)));
    if (begin < end) owed[terms.currency] += Wide(*terms.price_cents) * (end - begin).count();
  }
  return owed;
}

/// How much of it was above the limit, by the plan of the day's end, day by day from the beginning.
std::map<std::string, std::int64_t> excess_of(const BillingHistory& history, const std::string& resource, Month month) {
  std::map<std::string, std::int64_t> excess;
  std::int64_t sum = 0;
  for (auto day = std::chrono::floor<std::chrono::days>(begin_of(month)); day < begin_of(month + std::chrono::months(1));
       day += std::chrono::days(1)) {
    std::int64_t amount = 0;
    for (const auto& one : history.usage) {
      if (one.resource == resource && one.day == day) amount = one.amount;
    }
    const auto before = sum;
    sum += amount;
    auto moment = Instant(day) + 24h;
    if (history.ended && *history.ended < moment) moment = *history.ended;
    if (moment <= day) break;
    const PlanTaken* plan = nullptr;
    for (const auto& taken : history.plans) {
      if (taken.at < moment) plan = &taken;
    }
    if (!plan || (plan == &history.plans.front() && plan->terms.trial_days > 0) || !plan->terms.overage.contains(resource)) continue;
    const auto& limit = plan->terms.limits.at(resource);
    if (!limit) continue;
    const auto above = resource == "transactions_per_month" ? sum - std::max(before, *limit) : amount - *limit;
    if (above > 0) excess[plan->terms.name.str()] += above;
  }
  return excess;
}

std::int64_t nearest(Wide numerator, Wide denominator) {
  const auto whole = numerator / denominator;
  return static_cast<std::int64_t>((numerator % denominator) * 2 >= denominator ? whole + 1 : whole);
}

}  // namespace

TEST_CASE("over ten thousand histories, what plans cost adds up to the minor unit", "[billing]") {
  RandomHistory random(20261123);
  const Wide length = (begin_of(k_november + std::chrono::months(1)) - begin_of(k_november)).count();
  std::size_t with_several_lines = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto history = random.make();
    std::map<std::string, std::int64_t> billed;
    std::size_t lines = 0;
    for (const auto& bill : bills(history)) {
      for (const auto& line : bill.lines) {
        if (line.kind != LineKind::subscription) continue;
        billed[bill.currency] += line.amount_cents;
        ++lines;
      }
    }
    with_several_lines += lines > 1 ? 1 : 0;
    for (const auto& [currency, owed] : owed_for_plans(history, k_november)) {
      if (billed[currency] != nearest(owed, length)) FAIL(fmt::format("history {}: {} {}", i, billed[currency], currency));
    }
  }
  CHECK(with_several_lines > 5000);  // the histories are no simple ones
}

TEST_CASE("over ten thousand histories, all that is above a limit is charged, in started units and once", "[billing]") {
  RandomHistory random(20261124);
  std::size_t charged = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto history = random.make();
    std::map<std::pair<std::string, std::string>, InvoiceLine> lines;
    for (const auto& bill : bills(history)) {
      for (const auto& line : bill.lines) {
        if (line.kind == LineKind::overage && !lines.emplace(std::pair(line.resource, line.plan), line).second) FAIL("charged twice");
      }
    }
    std::size_t expected_lines = 0;
    for (const auto* resource : {"transactions_per_month", "api_calls_per_day"}) {
      for (const auto& [plan, above] : excess_of(history, resource, k_november)) {
        const auto taken = std::ranges::find_if(history.plans, [&, name = plan](const auto& one) { return one.terms.name.str() == name; });
        const auto& price = taken->terms.overage.at(resource);
        if (price.price_cents == 0) continue;
        const auto& line = lines[{resource, plan}];
        const auto expected = (above + price.unit - 1) / price.unit;
        if (line.quantity != expected || line.amount_cents != expected * price.price_cents)
          FAIL(fmt::format("history {}: {} of {}, not {}", i, line.quantity, resource, expected));
        ++charged;
        ++expected_lines;
      }
    }
    const auto flows = std::ranges::count_if(
        lines, [](const auto& one) { return one.first.first == "transactions_per_month" || one.first.first == "api_calls_per_day"; });
    if (static_cast<std::size_t>(flows) != expected_lines) FAIL(fmt::format("history {}: {} lines, not {}", i, flows, expected_lines));
  }
  CHECK(charged > 5000);
}

TEST_CASE("over ten thousand histories, new terms at the same price change no bill", "[billing]") {
  RandomHistory random(20261125);
  for (int i = 0; i < 10'000; ++i) {
    auto history = random.make();
    const auto before = bills(history);
    const auto index = static_cast<std::size_t>(random.number(0, static_cast<std::int64_t>(history.plans.size()) - 1));
    const auto again = history.plans[index];
    const auto next = index + 1 < history.plans.size() ? history.plans[index + 1].at : again.at + 96h;
    history.plans.insert(history.plans.begin() + static_cast<std::ptrdiff_t>(index) + 1, {again.at + (next - again.at) / 3, again.terms});

    const auto after = bills(history);

    REQUIRE(after.size() == before.size());
    for (std::size_t k = 0; k < after.size(); ++k) {
      if (after[k].total_cents() != before[k].total_cents() || after[k].lines.size() != before[k].lines.size())
        FAIL(fmt::format("history {}: {} instead of {}", i, after[k].total_cents(), before[k].total_cents()));
    }
  }
}

TEST_CASE("money is written with its currency, and rounded to whole coins, halves away from zero", "[billing]") {
  CHECK(money_text(4900, "USD") == "49 USD");
  CHECK(money_text(-5, "EUR") == "-0.05 EUR");
  CHECK(decimal_text(-12345) == "-123.45");
  CHECK(to_coins(5, 2, 1) == 3);
  CHECK(to_coins(-5, 2, 1) == -3);
  CHECK(to_coins(49, 20, 1) == 2);
  CHECK(to_coins(150, 1, coin_of("JPY")) == 200);
  CHECK(to_coins(149, 1, coin_of("JPY")) == 100);
  CHECK(parse_cents("2.5") == 250);
  CHECK_FALSE(parse_cents("2,50").has_value());
  CHECK_FALSE(parse_cents("").has_value());
}

TEST_CASE("a month is written like 2026-11", "[billing]") {
  CHECK(parse_month("2026-11").value() == k_november);
  for (const auto* bad : {"2026-13", "2026-00", "2026-1", "11-2026", "2026-11-01", "", "2026/11", "+026-11"})
    CHECK_FALSE(parse_month(bad).has_value());
  CHECK(month_text(k_november) == "2026-11");
  CHECK(month_of(at("2026-11-30T23:59:59Z")) == k_november);
}
