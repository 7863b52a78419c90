// The outbox: events are written with the changes that they tell of, and each is delivered by one at a time.
#include <thread>

#include "core/tenant_event.hpp"
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

const Subscriptions k_all({{"crm", {"*"}}, {"mail", {"tenant.created"}}});

/// A control database with somebody who is told.
struct Told {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  ControlDatabase control{fixture->url, k_all};

  OperationTicket begin(int number, const std::string& slug) { return open(control, number, slug).value(); }
  void end(const OperationTicket& ticket, const TenantChange& change, OperationState state = OperationState::succeeded) {
    const auto closed = control.journal().close(ticket, {}, state, change);
    if (!closed) FAIL(full_message(closed.error()));
  }
  void create(int number, const std::string& slug) { end(begin(number, slug), ActivateTenant{}); }

  Lines types(const std::string& target = "crm") {
    Lines types;
    const auto all = control.outbox().list({.target = target}).value();
    for (const auto& delivery : all) types.insert(types.begin(), delivery.type);
    return types;
  }
  /// What was taken, in order, with each ended as `end` says.
  Lines deliver_all(const DeliveryEnd& end = {}, Receivers which = Receivers::all) {
    Lines taken;
    while (control.outbox()
               .deliver_next({"crm", "mail"}, which,
                             [&](const Delivery& delivery) {
                               taken.push_back(delivery.target + " " + delivery.type + " " + delivery.slug);
                               return end;
                             })
               .value()) {}
    return taken;
  }
};

}  // namespace

TEST_CASE("a create that succeeds is told of, with the tenant as it is by then, and one that is undone is not") {
  Told told;
  told.end(told.begin(1, "acme"), ActivateTenant{.trial_ends_at = Instant{std::chrono::seconds(1800000000)}});
  told.end(told.begin(2, "globex"), RemoveTenant{}, OperationState::undone);

  CHECK(told.types() == Lines{"tenant.created"});
  CHECK(told.types("mail") == Lines{"tenant.created"});
  const auto delivery = told.control.outbox().list({.target = "crm"}).value().front();
  CHECK(delivery.slug == "acme");
  CHECK(delivery.state == DeliveryState::waiting);
  const auto& tenant = delivery.data["tenant"];
  CHECK(tenant["status"] == "active");
  CHECK(tenant["host"] == "acme.yourapp.test");
  CHECK(tenant["admin_email"] == "admin@acme.test");
  CHECK(tenant["trial_ends_at"] == "2027-01-15T08:00:00Z");
  CHECK(told.control.outbox().list({.target = "mail"}).value().front().event == delivery.event);
}

TEST_CASE("nobody is told of what nobody wants to hear") {
  const auto fixture = ControlFixture::migrated();
  ControlDatabase control(fixture->url, Subscriptions(std::vector<Subscription>{{"ops", {"isolation.breach"}}}));
  REQUIRE(control.journal().close(open(control, 1, "acme").value(), {}, OperationState::succeeded, ActivateTenant{}).has_value());
  CHECK(control.outbox().list({}).value().empty());
}

TEST_CASE("a change that is refused is told to nobody") {
  Told told;
  const auto old = told.begin(1, "acme");
  told.control.operations().take_over(old.id, {.name = "bob", .host = "ops2", .pid = 1}).value();
  CHECK_FALSE(told.control.journal().close(old, {}, OperationState::succeeded, ActivateTenant{}).has_value());
  CHECK(told.types().empty());
}

TEST_CASE("changes of state are told of with their reason, and an end even of a tenant that is rolled back") {
  Told told;
  const auto ticket = told.begin(1, "acme");
  told.end(ticket, ActivateTenant{});
  auto now = TenantStatus::active;
  const auto change = [&](int number, const std::string& kind, const TenantChange& to) {
    auto operation = create_of(number, "acme");
    operation.tenant = tenant_id(1);
    operation.kind = kind;
    told.end(told.control.operations().open(operation, now).value(), to);
    if (const auto* set = std::get_if<SetTenantStatus>(&to)) now = set->status;
  };
  change(11, "suspend", SetTenantStatus{.status = TenantStatus::suspended, .reason = "overdue"});
  change(12, "activate", SetTenantStatus{.status = TenantStatus::active});
  change(13, "cancel", SetTenantStatus{.status = TenantStatus::cancelled});
  change(14, "restore", ForgetMigrations{});
  change(15, "delete", MarkTenantDeleted{.reason = "moved away"});

  CHECK(told.types() == Lines{"tenant.created", "tenant.suspended", "tenant.activated", "tenant.cancelled", "tenant.deleted"});
  CHECK(told.types("mail") == Lines{"tenant.created"});
  const auto all = told.control.outbox().list({.target = "crm"}).value();
  CHECK(all[0].data["reason"] == "moved away");
  CHECK(all[0].data["tenant"]["status"] == "deleted");
  CHECK(all[3].data["reason"] == "overdue");
  CHECK(all[3].data["tenant"]["status"] == "suspended");

  Told rolled;
  const auto create = rolled.begin(1, "globex");
  rolled.end(create, ActivateTenant{});
  REQUIRE(rolled.control.journal().turn_back(create, make_error(ErrorCode::operation_failed, "asked for")).has_value());
  rolled.end(create, RemoveTenant{}, OperationState::undone);
  CHECK(rolled.types() == Lines{"tenant.created", "tenant.deleted"});
}

TEST_CASE("what is due is delivered in order, once, and what failed is due again after its pause") {
  Told told;
  told.create(1, "acme");
  told.create(2, "globex");

  const auto taken = told.deliver_all({.state = DeliveryState::waiting, .answer = "HTTP 500", .pause = 60s});

  CHECK(taken == Lines{"crm tenant.created acme", "mail tenant.created acme", "crm tenant.created globex", "mail tenant.created globex"});
  CHECK(told.deliver_all().empty());
  const auto first = told.control.outbox().list({.target = "crm"}).value().back();
  CHECK(first.tries == 1);
  CHECK(first.answer == "HTTP 500");
  (void)ask(told.fixture->look(), "update outbox set due_at = clock_timestamp()");
  CHECK(told.deliver_all({.answer = "HTTP 204"}).size() == 4);
  CHECK(told.deliver_all().empty());
  CHECK(told.control.outbox().list({.target = "crm"}).value().back().state == DeliveryState::sent);
}

TEST_CASE("whoever is in a hurry leaves those alone that were down") {
  Told told;
  told.create(1, "acme");
  (void)told.deliver_all({.state = DeliveryState::waiting, .answer = "no", .pause = 60s});
  told.create(4, "hooli");
  CHECK(told.deliver_all({.state = DeliveryState::waiting, .answer = "no", .pause = 60s, .is_down = true}, Receivers::sound).size() == 2);
  told.create(2, "globex");

  CHECK(told.deliver_all({}, Receivers::sound).empty());
  CHECK(told.deliver_all({}, Receivers::all).size() == 2);
  told.create(3, "initech");
  CHECK(told.deliver_all({}, Receivers::sound).size() == 2);  // the last ones went well, though an older one waits
}

TEST_CASE("what one delivers, no other does, and what it did not finish is another's") {
  Told told;
  for (int i = 1; i <= 10; ++i) told.create(i, fmt::format("tenant-{}", i));
  std::mutex mutex;
  std::map<std::int64_t, int> seen;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 5; ++i) {
    workers.emplace_back([&] {
      ControlDatabase control(told.fixture->url, k_all);
      while (control.outbox()
                 .deliver_next({"crm", "mail"}, Receivers::all,
                               [&](const Delivery& delivery) {
                                 std::this_thread::sleep_for(2ms);
                                 const std::lock_guard lock(mutex);
                                 ++seen[delivery.id];
                                 return DeliveryEnd{};
                               })
                 .value()) {}
    });
  }
  workers.clear();

  CHECK(seen.size() == 20);
  CHECK(std::ranges::all_of(seen, [](const auto& one) { return one.second == 1; }));
}

TEST_CASE("a delivery whose holder dies is free at once") {
  Told told;
  told.create(1, "acme");
  CHECK_THROWS(told.control.outbox().deliver_next({"crm"}, Receivers::all,
                                                  [](const Delivery&) -> std::optional<DeliveryEnd> { throw std::runtime_error("dies"); }));
  ControlDatabase other(told.fixture->url, k_all);
  CHECK(other.outbox().deliver_next({"crm"}, Receivers::all, [](const Delivery&) { return DeliveryEnd{}; }).value());
}

TEST_CASE("addresses that do not exist are known until one of them takes a mail") {
  Told told;
  told.create(1, "acme");
  auto& outbox = told.control.outbox();
  (void)told.deliver_all({.state = DeliveryState::dead, .answer = "550 no such user", .bounced = "admin@acme.test"});
  CHECK(outbox.bounce_of("admin@acme.test").value() == "550 no such user");
  CHECK(outbox.bounce_of("other@acme.test").value().empty());
  const auto counts = outbox.counts().value();
  REQUIRE(counts.size() == 2);
  CHECK(counts[1].dead == 1);
  CHECK(counts[1].last_failure == "550 no such user");

  CHECK(outbox.put_back({.target = "mail", .state = DeliveryState::dead}).value() == 1);
  CHECK(told.deliver_all({.reached = "admin@acme.test"}) == Lines{"mail tenant.created acme"});
  CHECK(outbox.bounce_of("admin@acme.test").value().empty());
}

TEST_CASE("what is dropped is told to nobody, and what is old goes by itself") {
  Told told;
  told.create(1, "acme");
  told.create(2, "globex");
  auto& outbox = told.control.outbox();
  CHECK(outbox.drop({.target = "mail", .state = DeliveryState::waiting}).value() == 2);
  CHECK(outbox.drop({.slug = "globex", .state = DeliveryState::waiting}).value() == 1);
  CHECK(told.deliver_all() == Lines{"crm tenant.created acme"});
  CHECK(outbox.drop({}).value() == 0);  // what is sent stays

  (void)ask(told.fixture->look(), "update outbox set ended_at = clock_timestamp() - interval '29 days'");
  REQUIRE(outbox.prune().has_value());
  CHECK(told.types().size() == 1);
  (void)ask(told.fixture->look(), "update outbox set ended_at = clock_timestamp() - interval '31 days'");
  REQUIRE(outbox.prune().has_value());
  CHECK(told.types().empty());
}

TEST_CASE("breaches are told of, with the probes that found them") {
  Told told;
  told.create(1, "acme");
  TenantIsolation found{.id = tenant_id(1), .slug = *TenantSlug::parse("acme")};
  found.findings.push_back({.probe = "connect-tenant", .verdict = Verdict::breach});
  found.findings.push_back({.probe = "memberships", .verdict = Verdict::inconclusive});
  TenantIsolation fine{.id = tenant_id(1), .slug = *TenantSlug::parse("acme")};

  REQUIRE(told.control.isolation().record(std::vector{found}, {.name = "ada", .host = "ops1", .pid = 1}).has_value());
  REQUIRE(told.control.isolation().record(std::vector{fine}, {.name = "ada", .host = "ops1", .pid = 1}).has_value());

  CHECK(told.types() == Lines{"tenant.created", "isolation.breach"});
  const auto event = told.control.outbox().list({.target = "crm"}).value().front();
  CHECK(event.data["probes"] == nlohmann::json{"connect-tenant"});
  CHECK(event.data["breaches"] == 1);
}

TEST_CASE("the end of a batch is told of once, by whoever ends its last row, and again when it was begun again") {
  Told told;
  const auto batch = *BatchId::parse("spring");
  auto& store = told.control.batches();
  std::vector<TenantRow> rows;
  for (int i = 1; i <= 4; ++i) rows.push_back({.line = i, .slug = fmt::format("t{:05}", i), .email = "a@b.test"});
  REQUIRE(store.begin({.id = batch, .on_error = OnRowFailure::go_on, .actor = "ada", .host = "ops1"}, rows).value());
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&, worker = fmt::format("w{}", i)] {
      ControlDatabase control(told.fixture->url, k_all);
      const auto jobs = control.batches().exchange({.worker = worker, .wanted = 1, .lease = 60s}).value();
      const JobEnd how = jobs.front().row == 2 ? JobEnd{.state = JobState::failed, .error = make_error(ErrorCode::disk_full, "no room")}
                                               : JobEnd{.state = JobState::succeeded};
      const std::vector<EndedJob> ended{{jobs.front(), how}};
      (void)control.batches().exchange({.worker = worker, .ended = ended}).value();
    });
  }
  workers.clear();

  CHECK(told.types() == Lines{"batch.finished"});
  const auto event = told.control.outbox().list({.target = "crm"}).value().front();
  CHECK(event.data["batch"]["succeeded"] == 3);
  CHECK(event.data["batch"]["failed"] == 1);

  REQUIRE(store.begin_again(batch).has_value());
  const auto again = store.exchange({.worker = "w9", .wanted = 1, .lease = 60s}).value();
  CHECK(told.types().size() == 1);
  const std::vector<EndedJob> ended{{again.front(), JobEnd{.state = JobState::succeeded}}};
  REQUIRE(store.exchange({.worker = "w9", .ended = ended}).has_value());
  CHECK(told.types() == Lines{"batch.finished", "batch.finished"});
}

TEST_CASE("what is broken off is as if it had not been tried", "[told]") {
  Told told;
  told.create(1, "acme");
  CHECK_FALSE(
      told.control.outbox().deliver_next({"crm"}, Receivers::all, [](const Delivery&) { return std::optional<DeliveryEnd>(); }).value());
  CHECK(told.control.outbox().list({.target = "crm"}).value().front().tries == 0);
  CHECK(told.deliver_all({}, Receivers::sound).size() == 2);
}

TEST_CASE("where it can't be written down that a receiver was told, that is an error, and it is told again", "[told]") {
  Told told;
  told.create(1, "acme");
  int times = 0;
  const auto deliver = [&](const Delivery&) {
    if (++times == 1)
      (void)ask(
          told.fixture->look(),
          "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
    return DeliveryEnd{};
  };
  const auto lost = told.control.outbox().deliver_next({"crm"}, Receivers::all, deliver);
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().code == ErrorCode::control_unreachable);
  CHECK(told.control.outbox().deliver_next({"crm"}, Receivers::all, deliver).value());
  CHECK(times == 2);
  CHECK(told.control.outbox().list({.target = "crm"}).value().front().state == DeliveryState::sent);
}

TEST_CASE("a receiver may take longer than sessions may be idle in a transaction", "[told]") {
  Told told;
  told.create(1, "acme");
  (void)ask(told.fixture->look(), fmt::format("alter database {} set idle_in_transaction_session_timeout = 50", told.fixture->name));
  ControlDatabase control(told.fixture->url, k_all);
  CHECK(control.outbox()
            .deliver_next({"crm"}, Receivers::all,
                          [](const Delivery&) {
                            std::this_thread::sleep_for(300ms);
                            return DeliveryEnd{};
                          })
            .value());
}

TEST_CASE("a change of state that changes none is told to nobody", "[told]") {
  Told told;
  told.create(1, "acme");
  for (const int number : {11, 12}) {
    auto operation = create_of(number, "acme");
    operation.tenant = tenant_id(1);
    operation.kind = "suspend";
    told.end(told.control.operations().open(operation, number == 11 ? TenantStatus::active : TenantStatus::suspended).value(),
             SetTenantStatus{.status = TenantStatus::suspended});
  }
  CHECK(told.types() == Lines{"tenant.created", "tenant.suspended"});
}

TEST_CASE("a mail that is only previewed says of a tenant what the outbox says", "[told]") {
  Told told;
  told.end(told.begin(1, "acme"), ActivateTenant{.trial_ends_at = Instant{std::chrono::seconds(1800000000)}});
  const auto tenant = told.control.tenants().find("acme").value();
  CHECK(told.control.outbox().list({.target = "crm"}).value().front().data == event_data(tenant, ""));
}

TEST_CASE("what waits for nobody, and addresses of old bounces, go by themselves too", "[told]") {
  Told told;
  told.create(1, "acme");
  (void)told.deliver_all({.state = DeliveryState::dead, .answer = "550", .bounced = "admin@acme.test"});
  told.create(2, "globex");
  (void)ask(told.fixture->look(),
            "with b as (update bounced_addresses set bounced_at = clock_timestamp() - interval '91 days') "
            "update outbox set happened_at = clock_timestamp() - interval '91 days' where slug = 'globex'");
  REQUIRE(told.control.outbox().prune().has_value());
  CHECK(told.control.outbox().bounce_of("admin@acme.test").value().empty());
  CHECK(told.types() == Lines{"tenant.created"});
}
