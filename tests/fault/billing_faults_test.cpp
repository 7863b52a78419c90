// The connection to the control database is cut at every request of a billing run; the next run issues what is missing, and nothing twice.
#include <catch2/catch.hpp>

#include "support/proxied.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr const char* k_billed = "billed";

/// A month for each run: what was issued stays.
std::string month(int number) { return fmt::format("{}-{:02}", 2001 + number / 12, number % 12 + 1); }

std::string invoices(const std::string& which) {
  return LiveSandbox::get().sql("select count(*) from invoices where slug = 'billed' and month = '" + which + "-01'", "tenantctl").front();
}

std::string gaps() { return LiveSandbox::get().sql("select coalesce(max(number), 0) - count(*) from invoices", "tenantctl").front(); }

}  // namespace

TEST_CASE("a billing run that loses the control database's answer leaves one invoice, once it was run again", "[lost][billing]") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create(k_billed, {"--plan", "starter"});
  sandbox.sql(
      "update plan_changes p set at = '2000-01-01T00:00:00Z' from tenants t where t.id = p.tenant and t.slug = 'billed' returning 1",
      "tenantctl");
  Proxied proxied(k_control);
  int number = 0;
  for (const auto cut : {Cut::request_lost, Cut::in_flight, Cut::answer_lost}) {
    std::size_t issued_at_once = 0;
    for (int n = 1;; ++n) {
      REQUIRE(n < 100);
      const auto which = month(number++);
      INFO(name_of(cut) << " at request " << n << " of " << which);
      proxied.proxy().arm(cut, n);
      const auto said = proxied.run({"billing", "run", "--month", which, "--tenant", k_billed});
      const bool was_cut = proxied.proxy().has_cut();
      INFO("status " << said.status << " " << said.out << said.err);
      // What it says is true: 0 means issued.
      if (said.status == 0) CHECK(invoices(which) == "1");
      else CHECK((said.status == 9 || said.status == 10));
      if (said.status == 9) CHECK(invoices(which) == "0");
      issued_at_once += said.status == 0 ? 1U : 0U;

      const auto next = sandbox.run({"billing", "run", "--month", which, "--tenant", k_billed});

      CHECK(next.status == 0);
      CHECK(invoices(which) == "1");
      CHECK(gaps() == "0");
      Tally::get().add("billing run: " + name_of(cut));
      Tally::get().swept(1);
      if (!was_cut) break;
    }
    CHECK(issued_at_once > 1);  // writes are looked up, or asked again
  }
  sandbox.remove(k_billed);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a credit that loses the control database's answer says what is true", "[lost][billing]") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create(k_billed, {"--plan", "starter"});
  sandbox.sql(
      "update plan_changes p set at = '2000-01-01T00:00:00Z' from tenants t where t.id = p.tenant and t.slug = 'billed' and t.status = "
      "'active' returning 1",
      "tenantctl");
  const auto invoice = sandbox.run({"billing", "run", "--month", "2020-01", "--tenant", k_billed, "-o", "json"}).json()["invoices"][0];
  const auto number = invoice["number"].get<std::string>();
  const auto credited = [&] { return sandbox.run({"billing", "show", number, "-o", "json"}).json()["credited_cents"].get<std::int64_t>(); };
  Proxied proxied(k_control);
  for (const auto cut : {Cut::request_lost, Cut::in_flight, Cut::answer_lost}) {
    for (int n = 1;; ++n) {
      REQUIRE(n < 100);
      INFO(name_of(cut) << " at request " << n);
      const auto before = credited();
      proxied.proxy().arm(cut, n);
      const auto said = proxied.run({"billing", "credit", number, "--amount", "0.01", "--reason", "a test"});
      const bool was_cut = proxied.proxy().has_cut();
      INFO("status " << said.status << " " << said.out << said.err);
      if (said.status == 0) CHECK(credited() == before + 1);
      else CHECK((said.status == 9 || said.status == 10));
      if (said.status == 9) CHECK(credited() == before);
      CHECK(credited() <= before + 1);
      CHECK(gaps() == "0");
      Tally::get().add("billing credit: " + name_of(cut));
      Tally::get().swept(1);
      if (!was_cut) break;
    }
  }
  sandbox.remove(k_billed);
  CHECK(sandbox.inventory() == Inventory{});
}
