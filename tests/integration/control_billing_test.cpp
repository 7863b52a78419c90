// Invoices in a real control database: each month of a tenant is billed once, numbers have no gaps, and nothing that was issued changes.
#include <set>
#include <thread>

#include "core/moment.hpp"
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

constexpr Month k_september{std::chrono::year{2026}, std::chrono::month{9}};
constexpr const char* k_raised = "P0001";  // raise_exception
const Subscriptions k_hears_of_invoices(std::vector<Subscription>{{.target = "crm", .patterns = {"invoice.*"}}});

nlohmann::json starter_terms() {
  Plan plan{.name = *ConfigName::parse("starter")};
  plan.price_cents = 4900;
  plan.limits["companies"] = 1;
  plan.overage["companies"] = {.unit = 1, .price_cents = 3000};
  return plan_document(plan);
}

/// Tenants that have had the plan "starter" since long ago.
struct Billed {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  ControlDatabase control{fixture->url, k_hears_of_invoices};
  BillingStore& billing = control.billing();

  explicit Billed(int count = 1) {
    for (int number = 1; number <= count; ++number) {
      const auto ticket = open(control, number, number == 1 ? "acme" : fmt::format("tenant-{}", number)).value();
      REQUIRE(control.journal().close(ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());
    }
    run("update tenants set plan = 'starter', plan_terms = '" + starter_terms().dump() + "'");
    run("update plan_changes set at = '2026-01-01T00:00:00Z', plan = 'starter', terms = '" + starter_terms().dump() + "'");
  }

  std::string ask(const std::string& sql) const { return test::ask(fixture->look(), sql.c_str()); }
  void run(const std::string& sql) const { ask(sql); }
  std::string labels() const { return ask("select string_agg(label, ' ' order by number) from invoices"); }
};

BillingWrite write(int id) {
  return {.prefix = "INV-", .id = fmt::format("30000000-0000-4000-8000-{:012}", id), .audit = entry("billing_run.succeeded")};
}

std::vector<Invoice> drafts_of(BillingStore& billing, Month month = k_september) {
  std::vector<Invoice> drafts;
  const auto billables = billing.billable({.month = month}).value();
  for (const auto& one : billables) {
    const auto bills = bills_of(one.history.value(), month).value();
    for (const auto& bill : bills)
      drafts.push_back(
          {.tenant = one.id.str(), .slug = one.slug, .company = one.company, .email = one.email, .month = month, .bill = bill});
  }
  return drafts;
}

/// What a run does, by a connection of its own.
std::vector<Invoice> bill(BillingStore& billing, Month month = k_september) {
  static std::atomic<int> id = 1000;
  return billing.issue(drafts_of(billing, month), write(++id)).value();
}

}  // namespace

TEST_CASE("a month is billed once, with the next number, and the invoice reads as it was issued", "[billing]") {
  Billed billed;

  const auto issued = bill(billed.billing);
  const auto again = bill(billed.billing);
  const auto read = billed.billing.list({.word = "1"}).value();

  REQUIRE(issued.size() == 1);
  CHECK(again.empty());
  REQUIRE(read.size() == 1);
  CHECK(read[0].label == "INV-000001");
  CHECK(read[0].slug == "acme");
  CHECK(read[0].company == "Acme");
  CHECK(read[0].month == k_september);
  CHECK(read[0].bill.currency == "USD");
  REQUIRE(read[0].bill.lines.size() == 1);
  CHECK(read[0].bill.lines[0].plan == "starter");
  CHECK(read[0].bill.lines[0].from == begin_of(k_september));
  CHECK(read[0].bill.lines[0].to == begin_of(k_september + std::chrono::months(1)));
  CHECK(read[0].bill.total_cents() == 4900);
  CHECK(bill(billed.billing, k_september + std::chrono::months(1)).front().label == "INV-000002");
}

TEST_CASE("twenty runs at the same time issue each invoice once, in numbers without gaps", "[billing]") {
  const Billed billed(60);
  std::atomic<int> issued = 0;
  std::vector<std::thread> runs;
  for (int i = 0; i < 20; ++i) {
    runs.emplace_back([&] {
      ControlDatabase own(billed.fixture->url, k_hears_of_invoices);
      issued += static_cast<int>(bill(own.billing()).size());
    });
  }
  for (auto& one : runs) one.join();

  CHECK(issued == 60);
  CHECK(billed.ask("select count(*) || ' ' || count(distinct tenant) || ' ' || min(number) || ' ' || max(number) from invoices") ==
        "60 60 1 60");
  CHECK(billed.ask("select count(*) || ' ' || count(distinct event) from outbox where type = 'invoice.issued'") == "60 60");
}

TEST_CASE("a write that is repeated because its answer was lost issues nothing more", "[billing]") {
  Billed billed;
  const auto drafts = drafts_of(billed.billing);
  const auto first = billed.billing.issue(drafts, write(7)).value();
  const auto second = billed.billing.issue(drafts, write(7)).value();
  CHECK(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(second[0].number == first[0].number);
  CHECK(billed.labels() == "INV-000001");
  CHECK(billed.ask("select count(*) from audit_log where action = 'billing_run.succeeded'") == "1");
}

TEST_CASE("an invoice whose lines do not add up is refused, and its number is given to the next", "[billing]") {
  Billed billed(2);
  const auto drafts = drafts_of(billed.billing);
  REQUIRE(drafts.size() == 2);
  billed.run("alter table invoices add constraint broken check (slug <> 'tenant-2')");

  CHECK_FALSE(billed.billing.issue(drafts, write(1)).has_value());
  CHECK(billed.ask("select count(*) from invoices") == "0");
  billed.run("alter table invoices drop constraint broken");
  const auto document = "[{\"tenant\": \"" + tenant_id(1).str() +
                        "\", \"slug\": \"acme\", \"currency\": \"USD\", \"total_cents\": 5, \"lines\": [{\"amount_cents\": 4}]}]";
  CHECK(sqlstate(billed.fixture->look(), "select * from issue_invoices('" + document + "', '2026-09-01', '', 'ada', gen_random_uuid())") ==
        k_raised);

  CHECK(bill(billed.billing).size() == 2);
  CHECK(billed.labels() == "INV-000001 INV-000002");
}

TEST_CASE("nothing that was issued can be changed or removed", "[billing]") {
  Billed billed;
  bill(billed.billing);
  for (const auto* change : {"update invoices set total_cents = 1", "delete from invoices", "truncate invoices"})
    CHECK(sqlstate(billed.fixture->look(), change) == k_raised);
  CHECK(billed.ask("select total_cents from invoices") == "4900");
}

TEST_CASE("an invoice is taken back in parts, and never more than there is of it", "[billing]") {
  Billed billed;
  bill(billed.billing);

  const auto part = billed.billing.credit({.number = 1, .cents = 1000, .reason = "goodwill"}, write(1)).value();
  const auto too_much = billed.billing.credit({.number = 1, .cents = 3901}, write(2)).value();
  const auto rest = billed.billing.credit({.number = 1}, write(3)).value();
  const auto nothing = billed.billing.credit({.number = 1}, write(4)).value();
  const auto of_a_note = billed.billing.credit({.number = 2}, write(5)).value();
  const auto of_none = billed.billing.credit({.number = 99}, write(6)).value();

  REQUIRE(part.has_value());
  CHECK(part->kind == InvoiceKind::credit_note);
  CHECK(part->label == "INV-000002");
  CHECK(part->credits == "INV-000001");
  CHECK(part->reason == "goodwill");
  CHECK(part->bill.total_cents() == -1000);
  CHECK_FALSE(too_much.has_value());
  REQUIRE(rest.has_value());
  CHECK(rest->bill.total_cents() == -3900);
  CHECK_FALSE(nothing.has_value());
  CHECK_FALSE(of_a_note.has_value());
  CHECK_FALSE(of_none.has_value());
  CHECK(billed.billing.list({.word = "INV-000001"}).value().front().credited_cents == 4900);
  CHECK(billed.labels() == "INV-000001 INV-000002 INV-000003");
  CHECK(bill(billed.billing).empty());  // taken back is not asked for again
}

TEST_CASE("a credit that is repeated because its answer was lost takes nothing more", "[billing]") {
  Billed billed;
  bill(billed.billing);
  const auto first = billed.billing.credit({.number = 1, .cents = 1000}, write(1)).value();
  const auto second = billed.billing.credit({.number = 1, .cents = 1000}, write(1)).value();
  REQUIRE(second.has_value());
  CHECK(second->number == first->number);
  CHECK(billed.ask("select sum(total_cents) from invoices") == "3900");
}

TEST_CASE("a month that is to be billed again gets another invoice, once", "[billing]") {
  Billed billed;
  bill(billed.billing);
  REQUIRE(billed.billing.credit({.number = 1, .bills_again = true}, write(1)).value().has_value());

  CHECK(bill(billed.billing).size() == 1);
  CHECK(bill(billed.billing).empty());
  CHECK(billed.labels() == "INV-000001 INV-000002 INV-000003");
}

TEST_CASE("that a month is to be billed again may be said of an invoice that was taken back already, once", "[billing]") {
  Billed billed;
  bill(billed.billing);
  REQUIRE(billed.billing.credit({.number = 1}, write(1)).value().has_value());
  CHECK(bill(billed.billing).empty());

  const auto note = billed.billing.credit({.number = 1, .bills_again = true}, write(2)).value();
  const auto again = billed.billing.credit({.number = 1, .bills_again = true}, write(3)).value();

  REQUIRE(note.has_value());
  CHECK(note->bill.total_cents() == 0);
  CHECK_FALSE(again.has_value());
  CHECK(bill(billed.billing).size() == 1);
}

TEST_CASE("of two currencies the one that is to be billed again is, and the other stays", "[billing]") {
  Billed billed;
  auto yen = starter_terms();
  yen["currency"] = "JPY";
  billed.run("insert into plan_changes (tenant, at, plan, terms) values ('" + tenant_id(1).str() + "', '2026-09-16T00:00:00Z', 'tokyo', '" +
             yen.dump() + "')");
  REQUIRE(bill(billed.billing).size() == 2);
  REQUIRE(billed.billing.credit({.number = 1, .bills_again = true}, write(1)).value().has_value());

  const auto again = bill(billed.billing);

  REQUIRE(again.size() == 1);
  CHECK(again[0].bill.currency == "USD");
  CHECK(bill(billed.billing).empty());
}

TEST_CASE("a year is given back where it was paid, and not where its invoice was taken back", "[billing]") {
  for (const bool is_taken_back : {false, true}) {
    Billed billed;
    auto year = starter_terms();
    year["billed"] = "annual";
    billed.run("update plan_changes set at = '2026-08-01T00:00:00Z', terms = '" + year.dump() + "'");
    billed.run("insert into plan_changes (tenant, at, plan, terms) values ('" + tenant_id(1).str() +
               "', '2026-09-01T00:00:00Z', 'other', '" + starter_terms().dump() + "')");
    REQUIRE(bill(billed.billing, std::chrono::year{2026} / 8).size() == 1);
    if (is_taken_back) REQUIRE(billed.billing.credit({.number = 1}, write(1)).value().has_value());

    const auto drafts = drafts_of(billed.billing);

    REQUIRE(drafts.size() == 1);
    CHECK(drafts[0].bill.lines.size() == (is_taken_back ? 1 : 2));
  }
}

TEST_CASE("a month that is not over by the control database's clock is not billed", "[billing]") {
  Billed billed;
  constexpr Month k_far{std::chrono::year{2100}, std::chrono::month{1}};
  CHECK_FALSE(billed.billing.issue(drafts_of(billed.billing, k_far), write(1)).has_value());
  CHECK(billed.ask("select count(*) from invoices") == "0");
}

TEST_CASE("a bill goes by the limits that were agreed then, also where they were ended or replaced since", "[billing]") {
  Billed billed;
  const auto& companies = *find_resource("companies").value();
  auto& terms = billed.control.terms();
  REQUIRE(terms.override_limit(tenant_id(1), companies, LimitOverride{.amount = 5}, entry("x")));
  REQUIRE(terms.override_limit(tenant_id(1), companies, LimitOverride{.amount = {}}, entry("x")));
  REQUIRE(terms.override_limit(tenant_id(1), companies, std::nullopt, entry("x")));
  CHECK(billed.ask("select string_agg(coalesce(amount::text, 'unlimited') || ' ' || (ends is not null), ', ' order by id) from "
                   "limit_agreements") == "5 true, unlimited true");

  billed.run("update limit_agreements set begins = '2026-09-01T00:00:00Z', ends = '2026-09-11T00:00:00Z' where amount = 5");
  billed.run("update limit_agreements set begins = '2026-09-11T00:00:00Z', ends = '2026-09-21T00:00:00Z' where amount is null");
  billed.run("insert into usage_days (tenant, day, resource, amount, at_end) values ('" + tenant_id(1).str() +
             "', '2026-08-15', 'companies', 6, 6)");
  const auto drafts = drafts_of(billed.billing);

  REQUIRE(drafts.size() == 1);
  REQUIRE(drafts[0].bill.lines.size() == 2);
  CHECK(drafts[0].bill.lines[1].quantity == 10 * 1 + 10 * 5);  // one above 5, none above unlimited, five above the plan's 1
}

TEST_CASE("a day of a count knows the highest, and what was left at its end", "[billing]") {
  Billed billed;
  const auto record = [&](std::int64_t amount) {
    REQUIRE(billed.control.usage().record({.tenant = tenant_id(1),
                                           .day = std::chrono::floor<std::chrono::days>(parse_instant("2026-09-10").value()),
                                           .source = "app",
                                           .amounts = {{.resource = find_resource("companies").value(), .amount = amount}}}));
  };
  record(2);
  record(7);
  record(3);
  CHECK(billed.ask("select amount || ' ' || at_end from usage_days") == "7 3");
}

TEST_CASE("whoever can't be billed keeps none of the others back", "[billing]") {
  Billed billed(3);
  billed.run("update plan_changes set terms = '{\"name\": 7}' where tenant = '" + tenant_id(2).str() + "'");

  const auto billables = billed.billing.billable({.month = k_september}).value();

  REQUIRE(billables.size() == 3);
  CHECK(billables[0].history.has_value());
  CHECK_FALSE(billables[1].history.has_value());
  CHECK(billables[2].history.has_value());
}

TEST_CASE("only tenants that had a plan in the month are billed for it, some at a time", "[billing]") {
  Billed billed(4);
  billed.run("update tenants set cancelled_at = '2026-09-01T00:00:00Z' where slug = 'acme'");
  billed.run("update plan_changes set at = '2026-10-01T00:00:00Z' where tenant = '" + tenant_id(2).str() + "'");

  const auto first = billed.billing.billable({.month = k_september, .limit = 1}).value();
  REQUIRE(first.size() == 1);
  const auto second = billed.billing.billable({.month = k_september, .after = first[0].id, .limit = 5}).value();

  CHECK(first[0].slug == "tenant-3");
  REQUIRE(second.size() == 1);
  CHECK(second[0].slug == "tenant-4");
  CHECK(billed.billing.billable({.month = k_september, .only = tenant_id(3)}).value().size() == 1);
}
