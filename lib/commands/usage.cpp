// `usage record|show|collect|report`: how much of their plans tenants use.
#include <fmt/format.h>

#include <charconv>

#include "commands/registry.hpp"
#include "commands/usage_collect.hpp"
#include "core/moment.hpp"
#include "core/month.hpp"
#include "core/tenant_states.hpp"
#include "core/utf8.hpp"
#include "views/limits.hpp"
#include "views/usage.hpp"

namespace tenantctl {
namespace {

using std::chrono::days;

// Sources of a day are kept for longer than that, see usage_collect.cpp, so that what they say again is not counted twice.
constexpr days k_longest_ago{60};
constexpr std::size_t k_longest_word = 200;
const CLI::Range k_amounts{std::int64_t{0}, k_highest_amount};

struct RecordUsageArgs {
  std::string tenant;
  std::optional<std::int64_t> companies;
  std::optional<std::int64_t> users;
  std::optional<std::int64_t> storage_bytes;
  std::string transactions;
  std::string api_calls;
  std::string company;
  std::string day;
  std::string source;
};

Result<Day> read_day(const std::string& text, Instant now) {
  if (text.empty()) return day_of(now);
  TRY_ASSIGN(const auto instant, parse_instant(text));
  const auto day = day_of(instant);
  if (day <= day_of(now) && day >= day_of(now) - k_longest_ago) return day;
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is {}", text, day > day_of(now) ? "a day to come" : "too long ago"))
                  .with_hint(fmt::format("name one of the last {} days, in UTC", k_longest_ago.count())));
}

/// "+12". A number without a sign would leave open whether it is all of the day.
Result<std::int64_t> read_more(const std::string& text, std::string_view option) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  if (text.starts_with('+')) {
    const auto read = std::from_chars(text.data() + 1, end, number);
    if (read.ec == std::errc() && read.ptr == end && number >= 0 && number <= k_highest_amount) return number;
  }
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" does not say how many more", printable(text)))
                  .with_hint(fmt::format("pass {} +12", option)));
}

Result<std::vector<UsedAmount>> read_amounts(const RecordUsageArgs& args) {
  std::vector<UsedAmount> amounts;
  const auto add = [&](const char* name, std::int64_t amount, const std::string& company = {}) {
    amounts.push_back({.resource = *find_resource(name), .amount = amount, .company = company});
  };
  if (args.companies) add("companies", *args.companies);
  if (args.users) add("users_per_company", *args.users, args.company);
  if (args.storage_bytes) add("storage_bytes", *args.storage_bytes);
  if (!args.transactions.empty()) {
    TRY_ASSIGN(const auto more, read_more(args.transactions, "--transactions"));
    add("transactions_per_month", more);
  }
  if (!args.api_calls.empty()) {
    TRY_ASSIGN(const auto more, read_more(args.api_calls, "--api-calls"));
    add("api_calls_per_day", more);
  }
  if (amounts.empty())
    return fail(make_error(ErrorCode::usage, "nothing is to be recorded")
                    .with_hint("pass --companies, --users, --transactions, --api-calls or --storage-bytes"));
  if (!args.company.empty() && !args.users)
    return fail(make_error(ErrorCode::usage, "--company says whose users --users counts").with_hint("pass --users too, or leave it out"));
  return amounts;
}

Result<std::vector<UsageLine>> lines_of(const Tenant& tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto overrides, control.terms.overrides(tenant.id));
  const auto today = day_of(services.clock().now());
  std::vector<UsageLine> lines;
  for (const auto& resource : used_resources()) {
    TRY_ASSIGN(const auto now, control.usage.now(tenant.id, resource, {}, today));
    UsageLine line{.resource = std::string(resource.name), .is_limited = resource.is_limited, .current = now.current, .limit = now.limit};
    if (const auto agreed = overrides.find(line.resource); agreed != overrides.end()) line.override_in_force = agreed->second;
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<Report> show_of(const Tenant& tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto lines, lines_of(tenant, control, services));
  return usage_report(tenant.slug.str(), tenant.plan, lines);
}

Result<void> check_words(const RecordUsageArgs& args) {
  for (const auto& [option, text] : {std::pair("--company", args.company), std::pair("--source", args.source)}) {
    if (text.size() > k_longest_word || printable(text) != text)
      return fail(make_error(ErrorCode::bad_value, fmt::format("{} is too long, or no plain text", option)).with_hint("use a short name"));
  }
  return {};
}

Result<Report> record_usage(const RecordUsageArgs& args, Services& services) {
  TRY_ASSIGN(const auto amounts, read_amounts(args));
  TRY_ASSIGN(const auto day, read_day(args.day, services.clock().now()));
  if (day != day_of(services.clock().now()) && (args.companies || args.users))
    return fail(make_error(ErrorCode::usage, "--companies and --users say how many there are now").with_hint("leave --day out for these"));
  TRY(check_words(args));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY(check_in_use(tenant, ": it uses nothing"));
  // One that names none is a source of its own, and adds to all others.
  const auto source = args.source.empty() ? uuid_from_random(random_bytes<16>(services.entropy())) : args.source;
  TRY(control.usage.record({.tenant = tenant.id, .day = day, .source = source, .amounts = amounts}));
  return show_of(tenant, control, services);
}

struct ShowUsageArgs {
  std::string tenant;
};

Result<Report> show_usage(const ShowUsageArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  return show_of(tenant, control, services);
}

struct ReportUsageArgs {
  std::string month;
  bool csv = false;
};

Result<Report> report_usage(const ReportUsageArgs& args, Services& services) {
  auto month = month_of(services.clock().now());
  if (!args.month.empty()) { TRY_ASSIGN(month, parse_month(args.month)); }
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto amounts, control.usage.month(month));
  std::vector<MonthLine> lines;
  for (const auto& amount : amounts) {
    if (lines.empty() || lines.back().slug != amount.slug) lines.push_back({.slug = amount.slug, .plan = amount.plan, .uses = {}});
    lines.back().uses.push_back({.resource = amount.resource, .used = amount.used, .peak = amount.peak, .limit = amount.limit});
  }
  return usage_month_report(month, std::move(lines), args.csv ? MonthAs::csv : MonthAs::table);
}

}  // namespace

void add_usage(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("usage", "records, measures and shows how much of their plans tenants use");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl usage show acme");

  auto [record_sub, record_args] =
      add_command<RecordUsageArgs>(*group, "record", "writes down what an application has counted",
                                   "tenantctl usage record acme --companies 2 --transactions +40 --source nightly", chosen, record_usage);
  add_tenant(*record_sub, record_args->tenant);
  record_sub->add_option("--companies", record_args->companies, "how many there are")->check(k_amounts)->type_name("N");
  record_sub->add_option("--users", record_args->users, "how many there are, in --company")->check(k_amounts)->type_name("N");
  record_sub->add_option("--storage-bytes", record_args->storage_bytes, "how much there is")->check(k_amounts)->type_name("N");
  record_sub->add_option("--transactions", record_args->transactions, "how many there were besides")->type_name("+N");
  record_sub->add_option("--api-calls", record_args->api_calls, "how many there were besides")->type_name("+N");
  record_sub->add_option("--company", record_args->company, "whose users these are")->type_name("ID");
  record_sub->add_option("--day", record_args->day, "of which day, in UTC; today where it is not said")->type_name("DAY");
  record_sub
      ->add_option("--source", record_args->source,
                   "who says so: what one says again of the same day takes the place of what it said before")
      ->type_name("NAME");
  auto [show_sub, show_args] = add_command<ShowUsageArgs>(*group, "show", "shows what a tenant uses now beside its limits",
                                                          "tenantctl usage show acme", chosen, show_usage);
  add_tenant(*show_sub, show_args->tenant);
  auto [collect_sub, collect_args] = add_command<CollectUsageArgs>(
      *group, "collect", "measures what can be seen from here, of all tenants; for cron: a repeat counts nothing twice",
      "tenantctl usage collect", chosen, collect_usage);
  collect_sub->add_option("tenant", collect_args->tenants, "only these, by slug, code or id")->type_name("TENANT");
  collect_sub->add_option("--jobs", collect_args->jobs, "how many servers or tenants at once")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  auto [report_sub, report_args] = add_command<ReportUsageArgs>(*group, "report", "shows what all tenants used in a month",
                                                                "tenantctl usage report --month 2026-11 --csv", chosen, report_usage);
  report_sub->add_option("--month", report_args->month, "in UTC; this month where it is not said")->type_name("YYYY-MM");
  report_sub->add_flag("--csv", report_args->csv, "print it as CSV");
}

}  // namespace tenantctl
