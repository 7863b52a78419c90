// What tenants use and may use, in a real control database: said again it is not counted twice, and of many who want the last one gets it.
#include <atomic>
#include <thread>

#include "support/control_fixture.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

const Day k_day{std::chrono::year{2026} / 11 / 23};

const Resource& resource(const char* name) { return *find_resource(name).value(); }

/// A tenant that has agreed to these limits.
struct Metered {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  UsageStore& usage = fixture->control.usage();
  TermsStore& terms = fixture->control.terms();

  explicit Metered(const std::string& limits = R"({"companies": 3, "users_per_company": 2, "transactions_per_month": 10})",
                   const std::string& overage = "{}") {
    const auto ticket = open(fixture->control, 1, "acme").value();
    REQUIRE(fixture->control.journal().close(ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());
    run("update tenants set plan_terms = jsonb_build_object('limits', '" + limits + "'::jsonb, 'overage', '" + overage + "'::jsonb)");
  }

  void run(const std::string& sql) const { test::ask(fixture->look(), sql.c_str()); }
  void record(const char* name, std::int64_t amount, const std::string& source = "app", Day day = k_day, const std::string& company = {}) {
    REQUIRE(usage.record({.tenant = tenant_id(1),
                          .day = day,
                          .source = source,
                          .amounts = {{.resource = &resource(name), .amount = amount, .company = company}}}));
  }
  std::int64_t current(const char* name, const std::optional<std::string>& company = {}, Day day = k_day) {
    return usage.now(tenant_id(1), resource(name), company, day).value().current;
  }
  LimitTaken take(const char* name, std::int64_t wanted = 1, const std::string& id = {}, const std::string& company = {}) {
    static int count = 0;
    return usage
        .take({.tenant = tenant_id(1),
               .resource = resource(name),
               .company = company,
               .day = k_day,
               .id = id.empty() ? fmt::format("take {}", ++count) : id,
               .wanted = wanted})
        .value();
  }
};

}  // namespace

TEST_CASE("what a source says of a day again takes the place of what it said before, and sources add up", "[limits]") {
  Metered metered;
  metered.record("transactions_per_month", 40, "nightly");
  metered.record("transactions_per_month", 40, "nightly");
  CHECK(metered.current("transactions_per_month") == 40);
  metered.record("transactions_per_month", 45, "nightly");
  metered.record("transactions_per_month", 5, "import");
  CHECK(metered.current("transactions_per_month") == 50);
  metered.record("transactions_per_month", 7, "nightly", k_day - std::chrono::days(1));
  CHECK(metered.current("transactions_per_month") == 57);
  metered.record("transactions_per_month", 100, "nightly", k_day - std::chrono::days(30));
  CHECK(metered.current("transactions_per_month") == 57);
}

TEST_CASE("calls count for their day, storage as it was measured last, companies as they are", "[limits]") {
  Metered metered;
  metered.record("api_calls_per_day", 9, "app", k_day - std::chrono::days(1));
  metered.record("api_calls_per_day", 4);
  CHECK(metered.current("api_calls_per_day") == 4);
  CHECK(metered.current("api_calls_per_day", {}, k_day + std::chrono::days(1)) == 0);
  metered.record("storage_bytes", 1000, "app", k_day - std::chrono::days(2));
  metered.record("storage_bytes", 800, "app", k_day - std::chrono::days(1));
  CHECK(metered.current("storage_bytes") == 800);
  metered.record("companies", 3);
  metered.record("companies", 2, "another");
  CHECK(metered.current("companies") == 2);
}

TEST_CASE("users are counted for each company, and without one of the company that has most", "[limits]") {
  Metered metered;
  metered.record("users_per_company", 2, "app", k_day, "north");
  metered.record("users_per_company", 1, "app", k_day, "south");
  CHECK(metered.current("users_per_company") == 2);
  CHECK(metered.current("users_per_company", "south") == 1);
  CHECK(metered.current("users_per_company", "west") == 0);
  CHECK_FALSE(metered.take("users_per_company", 1, {}, "north").granted);
  CHECK(metered.take("users_per_company", 1, {}, "south").granted);
}

TEST_CASE("a month's usage is the sum of its days and the highest of them", "[limits]") {
  Metered metered;
  metered.record("api_calls_per_day", 5, "app", k_day - std::chrono::days(1));
  metered.record("api_calls_per_day", 3);
  metered.record("api_calls_per_day", 99, "app", k_day - std::chrono::days(40));

  const auto months =
      test::ask(metered.fixture->look(), "select string_agg(month || ' ' || total || ' ' || peak, ', ' order by month) from usage_months");

  CHECK(months == "2026-10-01 99 99, 2026-11-01 8 5");
}

TEST_CASE("a limit is granted up to its last one, and what is given back can be taken again", "[limits]") {
  Metered metered;
  CHECK(metered.take("companies", 2).granted);
  const auto refused = metered.take("companies", 2);
  CHECK_FALSE(refused.granted);
  CHECK(refused.current == 2);
  CHECK(refused.limit == Limit(3));
  CHECK(metered.take("companies").current == 3);
  CHECK_FALSE(metered.take("companies").granted);
  CHECK(metered.take("companies", -1).current == 2);
  CHECK(metered.take("companies").granted);
  CHECK(metered.take("companies", -9).current == 0);
  CHECK(metered.take("transactions_per_month", 10).granted);
  CHECK_FALSE(metered.take("transactions_per_month").granted);
  CHECK(metered.take("storage_bytes", 1).granted);  // nothing was agreed about it
}

TEST_CASE("a take that is asked for again because its answer was lost takes nothing more", "[limits]") {
  Metered metered;
  for (int times = 0; times < 2; ++times) {
    const auto taken = metered.take("companies", 1, "the same");
    CHECK(taken.granted);
    CHECK(taken.current == 1);
  }
  CHECK(metered.take("transactions_per_month", 4, "the same").current == 4);
  CHECK(metered.take("transactions_per_month", 4, "the same").current == 4);
}

TEST_CASE("what is above a limit with a price is granted, and counted", "[limits]") {
  Metered metered(R"({"transactions_per_month": 1})", R"({"transactions_per_month": {"unit": 1, "price_cents": 5}})");
  CHECK(metered.take("transactions_per_month").granted);
  CHECK(metered.take("transactions_per_month").granted);
  CHECK(metered.current("transactions_per_month") == 2);
}

TEST_CASE("of sixteen who want the last ones at once, as many get one as there are", "[limits]") {
  const Metered metered;
  std::atomic<int> granted = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        ControlDatabase control(metered.fixture->url);
        const auto taken = control.usage().take(
            {.tenant = tenant_id(1), .resource = resource("companies"), .day = k_day, .id = fmt::format("taker {}", i)});
        if (taken && taken->granted) ++granted;
      });
    }
  }
  CHECK(granted == 3);
}

TEST_CASE("a limit that was agreed besides counts until its end, in the place of the plan's", "[limits]") {
  Metered metered;
  const auto agree = [&](const std::optional<LimitOverride>& limit) {
    REQUIRE(metered.terms.override_limit(tenant_id(1), resource("companies"), limit, entry("limits_override.succeeded")));
  };
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const auto limit = [&] { return metered.usage.now(tenant_id(1), resource("companies"), {}, k_day).value().limit; };

  agree(LimitOverride{.amount = 5, .until = now + std::chrono::hours(1), .reason = "sales"});
  CHECK(limit() == Limit(5));
  CHECK(metered.terms.overrides(tenant_id(1)).value().at("companies").reason == "sales");
  agree(LimitOverride{.amount = {}});
  CHECK(limit() == Limit());
  CHECK(metered.take("companies", 50).granted);
  metered.run("update limit_overrides set until = clock_timestamp() - interval '1 second'");
  CHECK(limit() == Limit(3));
  CHECK(metered.terms.overrides(tenant_id(1)).value().empty());
  agree(std::nullopt);
  CHECK(test::ask(metered.fixture->look(), "select count(*) from limit_overrides") == "0");
  CHECK(test::ask(metered.fixture->look(), "select count(*) from audit_log where action = 'limits_override.succeeded'") == "3");
}

namespace {

const LogName k_log{.host = "web", .file = "/var/log/nginx/requests.log"};

LogStep log_step(const LogPlace& from, const LogPlace& to, std::vector<RequestCount> counts) {
  return {.log = k_log, .from = from, .to = to, .counts = std::move(counts)};
}

std::string requests_by_day(const Metered& metered) {
  return test::ask(metered.fixture->look(),
                   "select coalesce(string_agg(day || ' ' || amount, ', ' order by day), '') from usage_days"
                   " where resource = 'requests'");
}

}  // namespace

TEST_CASE("requests are counted with the place that was reached, on both of a tenant's hosts, and nobody's are left out", "[limits]") {
  Metered metered;
  const LogPlace first{.inode = "77", .read_to = 400};
  REQUIRE(metered.usage.counted_to(k_log).value() == LogPlace{});

  const auto counted = metered.usage.count_requests(log_step({}, first,
                                                             {{"acme.yourapp.test", k_day, 5},
                                                              {"api.acme.yourapp.test", k_day, 2},
                                                              {"acme.yourapp.test", k_day - std::chrono::days(1), 3},
                                                              {"stranger.test", k_day, 9}}));

  CHECK(counted.value() == 10);
  CHECK(metered.usage.counted_to(k_log).value() == first);
  CHECK(requests_by_day(metered) == "2026-11-22 3, 2026-11-23 7");
  const auto month = test::ask(metered.fixture->look(), "select month || ' ' || total || ' ' || peak from usage_months");
  CHECK(month == "2026-11-01 10 7");
  CHECK(metered.usage.now(tenant_id(1), *find_used_resource("requests").value(), {}, k_day).value().current == 7);
}

TEST_CASE("a stretch of a log that two runs have read is counted by one of them", "[limits]") {
  Metered metered;
  const LogPlace first{.inode = "77", .read_to = 400};
  const auto same = log_step({}, first, {{"acme.yourapp.test", k_day, 5}});
  std::atomic<int> counted = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        ControlDatabase control(metered.fixture->url);
        const auto done = control.usage().count_requests(same);
        if (done && *done) ++counted;
      });
    }
  }
  CHECK(counted == 1);
  CHECK_FALSE(metered.usage.count_requests(same).value());
  CHECK(requests_by_day(metered) == "2026-11-23 5");
  CHECK(metered.usage.count_requests(log_step(first, {.inode = "78", .read_to = 0}, {})).value() == 0);
  CHECK_FALSE(metered.usage.count_requests(log_step(first, {.inode = "77", .read_to = 500}, {{"acme.yourapp.test", k_day, 1}})).value());
}

TEST_CASE("where the counts can't be written, the log's place is the old one", "[limits]") {
  Metered metered;
  metered.run("alter table usage_days add constraint too_many check (amount < 100)");

  const auto failed = metered.usage.count_requests(log_step({}, {.inode = "77", .read_to = 400}, {{"acme.yourapp.test", k_day, 100}}));

  CHECK_FALSE(failed);
  CHECK(metered.usage.counted_to(k_log).value() == LogPlace{});
}

TEST_CASE("a custom domain's requests are its tenant's once it is routed", "[limits]") {
  Metered metered;
  metered.run("insert into tenant_domains (host, tenant, kind, token) select 'shop.acme.test', id, 'custom', 'x' from tenants");
  const LogPlace first{.inode = "77", .read_to = 10};
  const LogPlace second{.inode = "77", .read_to = 20};

  const auto reserved = metered.usage.count_requests(log_step({}, first, {{"shop.acme.test", k_day, 1}}));
  metered.run("update tenant_domains set routed_at = clock_timestamp() where host = 'shop.acme.test'");
  const auto routed = metered.usage.count_requests(log_step(first, second, {{"shop.acme.test", k_day, 1}}));

  CHECK(reserved.value() == 0);
  CHECK(routed.value() == 1);
}

TEST_CASE("what is measured again takes the place of what was measured, and of connections the most of a day is kept", "[limits]") {
  Metered metered;
  const auto& connections = *find_used_resource("connections").value();
  const auto collect = [&](std::int64_t bytes, std::int64_t open) {
    REQUIRE(metered.usage.collect({.tenant = tenant_id(1),
                                   .amounts = {{.day = k_day, .used = {.resource = &resource("storage_bytes"), .amount = bytes}},
                                               {.day = k_day, .used = {.resource = &connections, .amount = open}}}}));
  };
  collect(1000, 7);
  collect(900, 2);

  CHECK(metered.current("storage_bytes") == 900);
  CHECK(metered.usage.now(tenant_id(1), connections, {}, k_day).value().current == 2);
  const auto months = metered.usage.month(std::chrono::year{2026} / 11).value();
  REQUIRE(months.size() == 2);
  const auto& month = months.front().resource == &connections ? months.front() : months.back();
  CHECK(month.used == 7);
  CHECK_FALSE(month.limit);
}

TEST_CASE("companies that a whole answer does not name are no more", "[limits]") {
  Metered metered;
  const auto& users = resource("users_per_company");
  const auto collect = [&](std::vector<CollectedUsage::Amount> amounts) {
    REQUIRE(metered.usage.collect({.tenant = tenant_id(1), .amounts = std::move(amounts), .whole = {&users}}));
  };
  collect({{.day = k_day, .used = {.resource = &users, .amount = 9, .company = "north"}},
           {.day = k_day, .used = {.resource = &users, .amount = 4, .company = "south"}}});
  REQUIRE(metered.current("users_per_company") == 9);
  collect({{.day = k_day, .used = {.resource = &users, .amount = 4, .company = "south"}}});

  CHECK(metered.current("users_per_company") == 4);
  CHECK(metered.current("users_per_company", "north") == 0);
  collect({});
  CHECK(metered.current("users_per_company") == 0);
}

TEST_CASE("a month has all tenants that used something, with sums, peaks and the limits of today", "[limits]") {
  Metered metered;
  REQUIRE(open(metered.fixture->control, 2, "bolt").has_value());
  metered.record("transactions_per_month", 8, "a", k_day - std::chrono::days(1));
  metered.record("transactions_per_month", 5, "a");
  metered.record("companies", 2);
  metered.record("companies", 1);
  metered.record("api_calls_per_day", 6, "a", k_day - std::chrono::days(40));
  REQUIRE(
      metered.terms.override_limit(tenant_id(1), resource("companies"), LimitOverride{.amount = 1}, entry("limits_override.succeeded")));

  const auto november = metered.usage.month(std::chrono::year{2026} / 11).value();
  const auto october = metered.usage.month(std::chrono::year{2026} / 10).value();

  REQUIRE(november.size() == 2);
  for (const auto& amount : november) {
    CHECK(amount.slug == "acme");
    const bool is_sum = amount.resource == &resource("transactions_per_month");
    CHECK(amount.used == (is_sum ? 13 : 2));
    CHECK(amount.peak == (is_sum ? 8 : 2));
    CHECK(amount.limit == Limit(is_sum ? 10 : 1));
  }
  REQUIRE(october.size() == 1);
  CHECK(october.front().used == 6);
}

TEST_CASE("old reports are taken away in batches, and the sums and the newer ones stay", "[limits]") {
  Metered metered;
  metered.record("transactions_per_month", 3, "old", k_day - std::chrono::days(63));
  metered.record("transactions_per_month", 4, "kept", k_day - std::chrono::days(62));
  metered.run(
      "insert into usage_reports (tenant, day, resource, source, amount) select id, '2026-01-01', 'api_calls_per_day', n::text, 1"
      "  from tenants, generate_series(1, 20500) n");

  const auto pruned = metered.usage.prune_reports(k_day - std::chrono::days(62));

  CHECK(pruned.value() == 20501);
  CHECK(test::ask(metered.fixture->look(), "select string_agg(source, ' ') from usage_reports") == "kept");
  CHECK(metered.usage.month(std::chrono::year{2026} / 9).value().front().used == 7);
  CHECK(metered.usage.prune_reports(k_day - std::chrono::days(62)).value() == 0);
}

TEST_CASE("a plan is taken with the operation that closes, is told of, and stays in the history", "[limits]") {
  const auto fixture = ControlFixture::migrated();
  ControlDatabase control(fixture->url, Subscriptions(std::vector<Subscription>{{.target = "crm", .patterns = {"tenant.plan_changed"}}}));
  const auto created = open(control, 1, "acme").value();
  REQUIRE(control.journal().close(created, {}, OperationState::succeeded,
                                  ActivateTenant{.trial_ends_at = Instant{std::chrono::hours(500'000)}}));
  auto operation = create_of(2, "acme");
  operation.tenant = tenant_id(1);
  operation.kind = "plan_set";
  operation.parameters = {{"from_plan", "trial"}, {"to_plan", "starter"}};
  const auto ticket = control.operations().open(operation, TenantStatus::active).value();
  const auto catalog = *PlanCatalog::parse("plans.yaml", test::read_text(std::string(TENANTCTL_SOURCE_DIR) + "/plans.yaml"));
  const auto& starter = **catalog.find("starter");

  REQUIRE(control.journal().close(ticket, {}, OperationState::succeeded, TakePlan{.plan = "starter", .terms = plan_document(starter)}));

  const auto tenant = control.tenants().find("acme").value();
  CHECK(tenant.plan == "starter");
  CHECK_FALSE(tenant.trial_ends_at);
  CHECK(plan_document(control.terms().of(tenant.id).value()) == plan_document(starter));
  const auto history = test::ask(fixture->look(), "select string_agg(plan, ' ' order by id) from plan_changes");
  CHECK(history == "trial starter");
  CHECK(control.terms().subscribers("starter").value().size() == 1);
  CHECK(control.terms().subscribers("trial").value().empty());
  CHECK(test::ask(fixture->look(), "select data #>> '{tenant,plan}' || ' ' || (data ->> 'previous_plan') from outbox") == "starter trial");
  CHECK(test::ask(fixture->look(), "select details ->> 'plan' from audit_log where action = 'plan_set.succeeded'") == "starter");
}
