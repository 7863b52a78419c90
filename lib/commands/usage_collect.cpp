#include "commands/usage_collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>

#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/request_count.hpp"
#include "commands/spare_services.hpp"
#include "core/paging.hpp"
#include "core/parallel.hpp"
#include "core/placeholders.hpp"
#include "core/tenant_states.hpp"
#include "core/utf8.hpp"
#include "views/usage.hpp"

namespace tenantctl {
namespace {

// A source may say again what it said of a day for 60 days, see usage.cpp.
constexpr std::chrono::days k_reports_kept{62};
constexpr std::size_t k_longest_company = 200;

/// A tenant, and what has been measured of it so far.
struct Subject {
  Tenant tenant;
  const StackSettings* stack = nullptr;  // empty: it is configured no more
  CollectedUsage collected;
  CollectedLine line;
  bool is_left_out = false;  // its server could not be measured, or it ended meanwhile
};

/// Of a stack's query: what it counts, and of which day.
struct UsageQuery {
  const Resource* resource;
  Day day;
  std::string sql;
};

Result<std::vector<Tenant>> tenants_to_measure(const CollectUsageArgs& args, ControlPlane& control) {
  if (args.tenants.empty()) {
    TRY_ASSIGN(auto page, control.tenants.list({.limit = k_all}));
    std::erase_if(page.tenants, [](const Tenant& tenant) { return !is_in_use(tenant.status); });
    return std::move(page.tenants);
  }
  std::vector<Tenant> tenants;
  for (const auto& name : args.tenants) {
    TRY_ASSIGN(auto tenant, control.tenants.find(name));
    TRY(check_in_use(tenant, ": it uses nothing"));
    tenants.push_back(std::move(tenant));
  }
  return tenants;
}

/// The login is called as what it is for.
MeteredTenant metered_place(const Tenant& tenant) {
  return {.database = tenant.database, .login = tenant.schema.empty() ? tenant.database : tenant.schema, .schema = tenant.schema};
}

void add_amount(Subject& subject, const Resource& resource, Day day, std::int64_t amount, const std::string& company = {}) {
  amount = std::clamp<std::int64_t>(amount, 0, k_highest_amount);
  subject.collected.amounts.push_back({.day = day, .used = {.resource = &resource, .amount = amount, .company = company}});
  auto& shown = subject.line.used[std::string(resource.name)];
  shown = resource.is_per_company ? std::max(shown, amount) : amount;
}

/// What there is to ask a tenant's own tables. Of what adds up, yesterday too: of its last hour nobody has asked yet.
Result<std::vector<UsageQuery>> queries_of(const StackSettings& stack, Day today) {
  std::vector<UsageQuery> queries;
  for (const auto& [name, sql] : stack.usage) {
    TRY_ASSIGN(const auto* resource, find_used_resource(name));
    const auto filled = [&](Day day) { return fill_placeholders(sql, {{"{day}", fmt::format("date '{}'", to_text(day))}}); };
    if (resource->kind != ResourceKind::count)
      queries.push_back({.resource = resource, .day = today - std::chrono::days(1), .sql = filled(today - std::chrono::days(1))});
    queries.push_back({.resource = resource, .day = today, .sql = filled(today)});
  }
  return queries;
}

Error unexpected(const UsageQuery& query, std::string_view what) {
  return make_error(ErrorCode::bad_value, fmt::format("the query of {} gives {}", query.resource->name, what))
      .with_hint(query.resource->is_per_company ? "have it give rows of a company and a number that is not negative"
                                                : "have it give one number that is not negative");
}

Result<std::int64_t> number_of(const UsageQuery& query, const std::string& text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && number >= 0 && number <= k_highest_amount) return number;
  return fail(unexpected(query, fmt::format("\"{}\"", printable(text.substr(0, 60)))));
}

Result<std::vector<UsedAmount>> amounts_in(const UsageQuery& query, const CountedRows& rows) {
  std::vector<UsedAmount> amounts;
  const std::size_t columns = query.resource->is_per_company ? 2 : 1;
  if (columns == 1 && rows.size() != 1) return fail(unexpected(query, fmt::format("{} rows", rows.size())));
  for (const auto& row : rows) {
    if (row.size() != columns) return fail(unexpected(query, fmt::format("{} columns", row.size())));
    TRY_ASSIGN(const auto number, number_of(query, row.back()));
    const auto company = columns == 2 ? row.front() : std::string();
    if (company.size() > k_longest_company) return fail(unexpected(query, "a company's name of more than 200 bytes"));
    amounts.push_back({.resource = query.resource, .amount = number, .company = company});
  }
  std::ranges::sort(amounts, {}, &UsedAmount::company);
  if (std::ranges::adjacent_find(amounts, {}, &UsedAmount::company) != amounts.end()) return fail(unexpected(query, "a company twice"));
  return amounts;
}

/// The first that fails is told of; the others count.
void take_answers(Subject& subject, const std::vector<UsageQuery>& queries, const std::vector<Result<CountedRows>>& answers) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto& query = queries[i];
    const auto amounts = answers[i] ? amounts_in(query, *answers[i]) : fail(Error(answers[i].error()));
    if (!amounts) {
      if (!subject.line.failure) subject.line.failure = Error(amounts.error()).with_context(fmt::format("usage.{}", query.resource->name));
      continue;
    }
    if (query.resource->is_per_company) {
      subject.collected.whole.push_back(query.resource);
      subject.line.used[std::string(query.resource->name)] = 0;
    }
    for (const auto& amount : *amounts) add_amount(subject, *query.resource, query.day, amount.amount, amount.company);
  }
}

/// While the tenant is held: a migration would end the session that asks, or be ended by it.
Result<void> ask_stacks_queries(Subject& subject, Day today, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto queries, queries_of(*subject.stack, today));
  auto held = hold_tenant(subject.tenant, "", control, services);
  if (!held && held.error().code == ErrorCode::locked) {
    subject.line.is_held = true;
    return {};
  }
  if (!held) return fail(std::move(held).error());
  subject.is_left_out = !is_in_use(held->tenant.status);
  if (subject.is_left_out) return {};
  TRY_ASSIGN(const auto plan, plan_of_tenant(held->tenant, control));
  TRY_ASSIGN(auto* meter, services.meter(plan.server.str()));
  std::vector<std::string> texts;
  for (const auto& query : queries) texts.push_back(query.sql);
  TRY_ASSIGN(const auto answers, meter->ask(plan.database, texts));
  take_answers(subject, queries, answers);
  return {};
}

/// An exception is a bug of ours: it fails what it came up in.
Result<void> safely(const std::function<Result<void>()>& work) {
  try {
    return work();
  } catch (const std::exception& e) { return fail(bug(e)); }
}

/// One run. What threads share is what they change one at a time, under the mutex.
class Collection {
 public:
  Collection(const CollectUsageArgs& args, const Settings& settings, Services& services)
      : args_(args), settings_(settings), services_(services), today_(day_of(services.clock().now())) {}

  Result<Report> run() {
    TRY_ASSIGN(auto control, services_.control());
    TRY_ASSIGN(auto tenants, tenants_to_measure(args_, control));
    for (const auto& tenant : tenants) take_up(tenant);
    read_servers();
    if (!stopped_) TRY(count_requests());  // before the queries, which take as long as tenants' tables have them take
    finish_subjects();
    if (stopped_) return fail(std::move(*stopped_));
    TRY_ASSIGN(view_.pruned, control.usage.prune_reports(today_ - k_reports_kept));
    for (auto& subject : subjects_) {
      if (!subject.is_left_out) view_.lines.push_back(std::move(subject.line));
    }
    return usage_collected_report(std::move(view_));
  }

 private:
  void take_up(const Tenant& tenant) {
    Subject subject{.tenant = tenant, .collected = {.tenant = tenant.id}, .line = {.slug = tenant.slug.str()}};
    const auto stack = settings_.stacks.find(subject.tenant.stack);
    if (stack != settings_.stacks.end()) subject.stack = &stack->second;
    // A bench tells neither its sites' sizes nor their connections.
    subject.is_left_out = subject.stack != nullptr && subject.stack->frappe;
    if (!subject.is_left_out) on_server_[subject.tenant.server].push_back(subjects_.size());
    subjects_.push_back(std::move(subject));
  }

  void read_servers() {
    std::vector<std::string> servers;
    for (const auto& [name, indices] : on_server_) servers.push_back(name);
    for_each_parallel(servers.size(), args_.jobs, [&](std::size_t i) {
      if (!may_begin()) return;
      const auto mine = spare_.take();
      const auto read = safely([&] { return read_server(servers[i], *mine); });
      const std::lock_guard lock(mutex_);
      if (!read) view_.failures.emplace_back(fmt::format("server {}", servers[i]), read.error());
    });
  }

  /// The subjects of a server belong to the thread that reads it.
  Result<void> read_server(const std::string& server, Services& mine) {
    const auto& indices = on_server_.at(server);
    for (const auto i : indices) subjects_[i].is_left_out = true;
    std::vector<MeteredTenant> places;
    for (const auto i : indices) places.push_back(metered_place(subjects_[i].tenant));
    TRY_ASSIGN(auto* meter, mine.meter(server));
    TRY_ASSIGN(const auto readings, meter->read(places));
    for (std::size_t n = 0; n < indices.size(); ++n) {
      auto& subject = subjects_[indices[n]];
      subject.is_left_out = false;
      if (!readings[n]) {
        subject.line.failure = readings[n].error();
        continue;
      }
      TRY_ASSIGN(const auto* storage, find_used_resource("storage_bytes"));
      TRY_ASSIGN(const auto* connections, find_used_resource("connections"));
      add_amount(subject, *storage, today_, readings[n]->bytes);
      add_amount(subject, *connections, today_, readings[n]->connections);
    }
    return {};
  }

  void finish_subjects() {
    for_each_parallel(subjects_.size(), args_.jobs, [&](std::size_t i) {
      auto& subject = subjects_[i];
      if (subject.is_left_out || !may_begin()) return;
      const auto mine = spare_.take();
      const auto done = safely([&] { return finish_subject(subject, *mine); });
      if (done) return;
      const std::lock_guard lock(mutex_);
      if (done.error().code == ErrorCode::control_unreachable) stopped_ = done.error();
      if (done.error().code == ErrorCode::tenant_not_found) subject.is_left_out = true;
      else subject.line.failure = done.error();
    });
  }

  Result<void> finish_subject(Subject& subject, Services& mine) const {
    TRY_ASSIGN(auto control, mine.control());
    // One that was just deleted has no database any more, and that is no failure.
    if (subject.line.failure) {
      TRY_ASSIGN(const auto now, control.tenants.find(subject.tenant.id.str()));
      // Nor is one that has moved meanwhile: the next run measures it there.
      subject.is_left_out = !is_in_use(now.status) || now.server != subject.tenant.server;
      return {};
    }
    Result<void> asked;
    if (subject.stack != nullptr && !subject.stack->usage.empty()) asked = ask_stacks_queries(subject, today_, control, mine);
    if (!subject.is_left_out && !subject.collected.amounts.empty()) TRY(control.usage.collect(subject.collected));
    return asked;
  }

  bool may_begin() {
    const std::lock_guard lock(mutex_);
    if (!stopped_) stopped_ = services_.interrupted();
    return !stopped_;
  }

  Result<RequestsCounted> count_nginx_log() {
    TRY_ASSIGN(auto* shell, services_.shell(settings_.nginx.host));
    TRY_ASSIGN(auto control, services_.control());
    return count_new_requests({.host = settings_.nginx.host, .file = settings_.nginx.access_log.string()},
                              {.shell = *shell, .usage = control.usage, .interrupted = [this] { return services_.interrupted(); }});
  }

  Result<void> count_requests() {
    if (settings_.nginx.access_log.empty()) return {};
    const auto counted = count_nginx_log();
    if (counted) {
      view_.requests = counted->requests;
      view_.unreadable_lines = counted->unreadable;
      return {};
    }
    if (services_.interrupted() || counted.error().code == ErrorCode::control_unreachable) return fail(counted.error());
    view_.failures.emplace_back("requests", counted.error());
    return {};
  }

  const CollectUsageArgs& args_;
  const Settings& settings_;
  Services& services_;
  const Day today_;
  std::vector<Subject> subjects_;
  std::map<std::string, std::vector<std::size_t>> on_server_;
  SpareServices spare_{services_};
  std::mutex mutex_;
  std::optional<Error> stopped_;
  CollectedView view_;
};

}  // namespace

Result<Report> collect_usage(const CollectUsageArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  return Collection(args, *settings, services).run();
}

}  // namespace tenantctl
