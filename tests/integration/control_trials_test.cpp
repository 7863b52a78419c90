// What becomes of trials, in a real control database: each tenant meets it once, however many runs overlap, and however late they are.
#include <array>
#include <thread>

#include "core/moment.hpp"
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

const Instant k_trial_end{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
const Subscriptions k_told(std::vector<Subscription>{{.target = "mail", .patterns = {"trial.*"}}});

/// Tenants whose trial ends then, with 7 days of grace.
struct Trials {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  ControlDatabase control{fixture->url, k_told};
  TrialStore& trials = control.trials();

  explicit Trials(const Lines& slugs = {"acme"}) {
    int number = 0;
    for (const auto& slug : slugs) {
      const auto ticket = open(control, ++number, slug).value();
      REQUIRE(control.journal().close(ticket, {}, OperationState::succeeded, ActivateTenant{.trial_ends_at = k_trial_end}));
    }
    run("update tenants set plan_terms = '{\"grace_days\": 7, \"retention_days\": 30}'");
  }
  void run(const std::string& sql) const { test::ask(fixture->look(), sql.c_str()); }
  /// "TYPE SLUG DAYS", in the order in which they were told.
  std::string told() const {
    return test::ask(fixture->look(),
                     "select coalesce(string_agg(concat_ws(' ', type, slug, data ->> 'days_left'), ', ' order by id), '') from outbox");
  }
  Lines due(Instant now) {
    Lines lines;
    const auto all = trials.due(now).value();
    for (const auto& one : all) lines.push_back(one.slug + " " + std::string(to_string(one.action)));
    return lines;
  }
  Tenant tenant(const std::string& slug = "acme") { return control.tenants().find(slug).value(); }
};

}  // namespace

TEST_CASE("a trial's end is told seven, three and one days before, each once", "[trials]") {
  Trials trials;
  for (int hours = 24 * 9; hours > 0; hours -= 6) {
    for (int runs = 0; runs < 2; ++runs) REQUIRE(trials.trials.remind(k_trial_end - std::chrono::hours(hours)));
  }
  CHECK(trials.told() == "trial.ending acme 7, trial.ending acme 3, trial.ending acme 1");
  REQUIRE(trials.trials.remind(k_trial_end));
  CHECK(trials.told() == "trial.ending acme 7, trial.ending acme 3, trial.ending acme 1");
}

TEST_CASE("of reminders that were missed only the nearest is sent", "[trials]") {
  Trials trials;
  CHECK(trials.trials.remind(k_trial_end - 2h).value() == Lines{"acme"});
  CHECK(trials.told() == "trial.ending acme 1");
}

TEST_CASE("a trial that nobody pays for gets its grace once, from the run that finds it on", "[trials]") {
  Trials trials;
  CHECK(trials.trials.begin_grace(k_trial_end - 1us, {}).value().empty());
  CHECK(trials.due(k_trial_end + 72h) == Lines{"acme grace"});
  CHECK(trials.trials.begin_grace(k_trial_end + 72h, {}).value() == Lines{"acme"});
  CHECK(trials.trials.begin_grace(k_trial_end + 96h, {}).value().empty());
  CHECK(trials.tenant().grace_ends_at == k_trial_end + 240h);
  CHECK(trials.told() == "trial.expired acme");
  CHECK(trials.due(k_trial_end + 240h - 1us).empty());
  CHECK(trials.due(k_trial_end + 240h) == Lines{"acme suspend"});
}

TEST_CASE("a trial that somebody pays for is to be converted, also within its grace", "[trials]") {
  Trials trials({"acme", "bolt"});
  REQUIRE(trials.trials.begin_grace(k_trial_end, {}));
  REQUIRE(trials.trials.set_payment(tenant_id(2), "pm_2", entry("payment_method_set.succeeded")));
  CHECK(trials.due(k_trial_end + 1h) == Lines{"bolt convert"});
  CHECK(trials.due(k_trial_end + 240h) == Lines{"acme suspend", "bolt convert"});
  REQUIRE(trials.trials.set_payment(tenant_id(2), "", entry("payment_method_clear.succeeded")));
  CHECK(trials.due(k_trial_end + 240h) == Lines{"acme suspend", "bolt suspend"});
  CHECK(trials.told() == "trial.expired acme, trial.expired bolt");
}

TEST_CASE("a tenant that was suspended for its trial's end is cancelled after its retention, and others are not", "[trials]") {
  Trials trials({"acme", "bolt"});
  REQUIRE(trials.trials.begin_grace(k_trial_end, {}));
  trials.run(
      "update tenants set status = 'suspended', suspended_at = '2026-12-01T00:00:00Z', status_reason = case slug when 'acme' then 'the "
      "trial "
      "is over' else 'unpaid' end");
  const Instant suspended{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}};
  CHECK(trials.due(suspended + 24h * 30 - 1us).empty());
  CHECK(trials.due(suspended + 24h * 30) == Lines{"acme cancel"});
  REQUIRE(trials.trials.set_payment(tenant_id(1), "pm_1", entry("payment_method_set.succeeded")));
  CHECK(trials.due(suspended + 24h * 30).empty());
}

TEST_CASE("a trial that is extended begins its reminders and its grace anew", "[trials]") {
  Trials trials;
  REQUIRE(trials.trials.remind(k_trial_end - 2h));
  REQUIRE(trials.trials.begin_grace(k_trial_end, {}));

  const auto end = k_trial_end + 168h;
  const auto extended = trials.trials.extend(tenant_id(1), k_trial_end, end, entry("trials_extend.succeeded"));
  const auto again = trials.trials.extend(tenant_id(1), k_trial_end, end, entry("trials_extend.succeeded"));

  REQUIRE(extended);
  CHECK(trials.tenant().trial_ends_at == end);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::state_conflict);
  CHECK_FALSE(trials.tenant().grace_ends_at);
  CHECK(trials.due(end - 1h) == Lines{"acme remind"});
  REQUIRE(trials.trials.remind(end - 1h));
  CHECK(trials.told() == "trial.ending acme 1, trial.expired acme, trial.ending acme 1");
  CHECK(test::ask(trials.fixture->look(), "select count(*) from audit_log where action = 'trials_extend.succeeded'") == "1");
}

TEST_CASE("twenty runs that overlap tell every tenant once", "[trials]") {
  Lines slugs;
  for (int i = 0; i < 40; ++i) slugs.push_back(fmt::format("many-{:02}", i));
  const Trials trials(slugs);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        ControlDatabase control(trials.fixture->url, k_told);
        (void)control.trials().remind(k_trial_end - 1h);
        (void)control.trials().begin_grace(k_trial_end + 1h, {});
      });
    }
  }
  CHECK(test::ask(trials.fixture->look(), "select count(*) || ' ' || count(distinct (type, slug)) from outbox") == "80 80");
  CHECK(test::ask(trials.fixture->look(), "select count(*) from tenants where grace_ends_at is not null") == "40");
}

TEST_CASE("a reminder that waits for a trial's other end is of that end, and not of the one before", "[trials]") {
  Trials trials;
  auto other = trials.fixture->look();
  test::ask(other, "begin");
  test::ask(other, "update tenants set trial_ends_at = trial_ends_at + interval '720 hours' returning 1");
  Result<Lines> reminded{Lines{}};
  {
    const std::jthread run([&] { reminded = trials.trials.remind(k_trial_end - 2h); });
    for (int looks = 0; looks < 2000 && test::ask(trials.fixture->look(), "select count(*) from pg_locks where not granted") == "0";
         ++looks)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    test::ask(other, "commit");
  }

  REQUIRE(reminded);
  CHECK(reminded->empty());
  CHECK(trials.told().empty());
}

TEST_CASE("a trial is not extended over an operation that is unfinished, and terms without a grace end nothing", "[trials]") {
  Trials trials;
  trials.run("update operations set state = 'running', finished_at = null");
  const auto extended = trials.trials.extend(tenant_id(1), k_trial_end, k_trial_end + 1h, entry("trials_extend.succeeded"));
  REQUIRE_FALSE(extended);
  CHECK(extended.error().code == ErrorCode::state_conflict);

  trials.run("update tenants set plan_terms = '{}'");
  CHECK(trials.due(k_trial_end + 24h * 365).empty());
  CHECK(trials.trials.begin_grace(k_trial_end + 24h * 365, {}).value().empty());
}

TEST_CASE("days of a calendar end with the local day, whatever its clocks do", "[trials]") {
  struct Case {
    const char* begin;
    int days;
    const char* zone;
    const char* end;
  };
  // Berlin's clocks go forward on 28 March 2027 and back on 25 October 2026; Kolkata's and Apia's never do, New York's on 14 March 2027.
  constexpr std::array k_cases{
      Case{"2026-11-01T10:32:00Z", 14, "", "2026-11-15T10:32:00Z"},
      Case{"2026-11-01T10:32:00Z", 14, "UTC", "2026-11-16T00:00:00Z"},
      Case{"2026-11-01T10:32:00Z", 14, "Europe/Berlin", "2026-11-15T23:00:00Z"},
      Case{"2026-10-20T10:00:00Z", 5, "Europe/Berlin", "2026-10-25T23:00:00Z"},  // to the end of the day of 25 hours
      Case{"2026-10-24T21:59:59Z", 0, "Europe/Berlin", "2026-10-24T21:59:59Z"},  // no time at all
      Case{"2026-10-24T21:59:59Z", 1, "Europe/Berlin", "2026-10-25T23:00:00Z"},  // a second before local midnight
      Case{"2026-10-24T22:00:00Z", 1, "Europe/Berlin", "2026-10-26T23:00:00Z"},  // at local midnight another day begins
      Case{"2027-03-27T12:00:00Z", 1, "Europe/Berlin", "2027-03-28T22:00:00Z"},  // to the end of the day of 23 hours
      Case{"2027-03-13T12:00:00Z", 1, "America/New_York", "2027-03-15T04:00:00Z"},
      Case{"2026-01-31T12:00:00Z", 30, "Asia/Kolkata", "2026-03-02T18:30:00Z"},  // over the end of a short month
      Case{"2028-02-28T12:00:00Z", 1, "Asia/Kolkata", "2028-02-29T18:30:00Z"},   // a leap day
      Case{"2026-12-31T12:00:00Z", 1, "Pacific/Apia", "2027-01-02T11:00:00Z"},   // where it is tomorrow already
  };
  Trials trials;
  for (const auto& one : k_cases) {
    INFO(one.begin << " and " << one.days << " days in \"" << one.zone << '"');
    const auto end = trials.trials.end_of(parse_instant(one.begin).value(), one.days, {.zone = one.zone});
    CHECK(to_rfc3339(end.value()) == one.end);
  }
}

TEST_CASE("the grace is of the calendar's days too, and a time zone that is none is told before anything is done", "[trials]") {
  Trials trials;

  const auto unknown = trials.trials.begin_grace(k_trial_end + 1h, {.zone = "Europe/Atlantis"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::config_invalid);
  CHECK(unknown.error().message.find("Europe/Atlantis") != std::string::npos);
  CHECK_FALSE(trials.tenant().grace_ends_at);

  REQUIRE(trials.trials.begin_grace(k_trial_end + 1h, {.zone = "Europe/Berlin"}));
  CHECK(to_rfc3339(*trials.tenant().grace_ends_at) == "2026-11-30T23:00:00Z");
}

TEST_CASE("of ten thousand trials those that are due are found, each once", "[trials]") {
  Trials trials;
  trials.run(R"sql(
    insert into tenants (id, slug, code, status, company_name, admin_email, stack, plan, plan_terms, server, database, domain, activated_at,
                         trial_ends_at)
    select gen_random_uuid(), 'many-' || n, 'M' || lpad(n::text, 7, '0'), 'active', '', 'a@b.test', 'shop', 'trial', '{"grace_days": 7}', 'pg1',
           'shop_m' || n, 'many-' || n || '.yourapp.test', '2026-01-01', timestamptz '2026-11-22T23:00:00Z' + interval '1 hour' * (n / 500)
      from generate_series(1, 9999) n returning 1)sql");

  const auto due = trials.trials.due(k_trial_end + 30min);
  const auto reminded = trials.trials.remind(k_trial_end + 30min);
  const auto graced = trials.trials.begin_grace(k_trial_end + 30min, {});

  CHECK(graced.value().size() == 1000);    // 1 to 999, and acme
  CHECK(reminded.value().size() == 9000);  // all the others end within a day
  CHECK(due.value().size() == 10'000);
  CHECK(test::ask(trials.fixture->look(), "select count(*) || ' ' || count(distinct (type, slug)) from outbox") == "10000 10000");
}
