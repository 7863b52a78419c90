// Months are billed: the real binary, from the preview to the credit note.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// On the plan "starter" since long ago.
struct Subscribed {
  explicit Subscribed(const std::string& slug) : name(slug) {
    LiveSandbox::get().create(slug, {"--plan", "starter"});
    LiveSandbox::get().sql("update plan_changes p set at = '2026-01-01T00:00:00Z' from tenants t where t.id = p.tenant and t.slug = '" +
                               slug + "' returning 1",
                           "tenantctl");
  }
  Subscribed(const Subscribed&) = delete;
  Subscribed& operator=(const Subscribed&) = delete;
  ~Subscribed() {
    LiveSandbox::get().remove(name);
    CHECK(LiveSandbox::get().inventory() == Inventory{});
  }
  CliResult bill(const std::string& month, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"billing", "run", "--month", month, "--tenant", name});
    return LiveSandbox::get().run(more);
  }
  std::string name;
};

CliResult billing(std::vector<std::string> words) {
  words.insert(words.begin(), "billing");
  return LiveSandbox::get().run(words);
}

}  // namespace

TEST_CASE("a month is previewed, billed once, shown, printed and taken back", "[billing]") {
  const Subscribed tenant("bill-a");

  const auto planned = tenant.bill("2026-02", {"--dry-run"});
  const auto issued = tenant.bill("2026-02", {"-o", "json"});
  const auto again = tenant.bill("2026-02");

  CHECK(planned.status == 0);
  CHECK_THAT(planned.out, Contains("bill-a") && Contains("49 USD") && Contains("1 invoice, 49 USD in all would be issued"));
  REQUIRE(issued.status == 0);
  const auto invoices = issued.json()["invoices"];
  REQUIRE(invoices.size() == 1);
  CHECK(invoices[0]["total_cents"] == 4900);
  CHECK(invoices[0]["lines"][0]["from"] == "2026-02-01T00:00:00Z");
  CHECK(again.status == 0);
  CHECK(again.out.empty());

  const auto number = invoices[0]["number"].get<std::string>();
  const auto shown = billing({"show", number});
  const auto page = billing({"show", number, "--html"});
  const auto lines = billing({"show", number, "--csv"});
  const auto listed = billing({"list", "--tenant", "bill-a", "--csv"});
  CHECK_THAT(shown.out, Contains("plan starter") && Contains("2026-02-01 to 2026-02-28") && Contains("49.00"));
  CHECK_THAT(page.out, Contains("<h1>Invoice " + number + "</h1>") && Contains("<td>49.00</td>") && Contains("</html>"));
  CHECK_THAT(lines.out,
             Contains(number + ",subscription,plan starter,starter,,2026-02-01T00:00:00Z,2026-03-01T00:00:00Z,0,0,49.00,49.00,USD"));
  CHECK_THAT(listed.out, Contains(number + ",invoice,bill-a,"));

  const auto part = billing({"credit", number, "--amount", "9", "--reason", "as agreed"});
  const auto too_much = billing({"credit", number, "--amount", "40.01", "--reason", "as agreed"});
  const auto rest = billing({"credit", number, "--reason", "wrong", "--bill-again"});
  CHECK(part.status == 0);
  CHECK_THAT(part.out, Contains("credit for " + number) && Contains("-9.00") && Contains("as agreed"));
  CHECK(too_much.status == 5);
  CHECK_THAT(too_much.err, Contains("40 USD is left of " + number));
  CHECK(rest.status == 0);
  CHECK_THAT(rest.out, Contains("-40.00") && Contains("billing run --month 2026-02 --tenant bill-a"));
  CHECK(tenant.bill("2026-02", {"-o", "json"}).json()["invoices"].size() == 1);
  CHECK_THAT(LiveSandbox::get().run({"audit", "bill-a"}).out, Contains("billing_credit.succeeded"));
}

TEST_CASE("twenty runs of billing that overlap issue one invoice", "[billing]") {
  const Subscribed tenant("bill-b");
  std::vector<std::thread> runs;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 20; ++i) runs.emplace_back([&] { failed += tenant.bill("2026-03").status == 0 ? 0 : 1; });
  for (auto& run : runs) run.join();
  CHECK(failed == 0);

  const auto listed = billing({"list", "--tenant", "bill-b", "-o", "json"}).json()["invoices"];
  CHECK(listed.size() == 1);
  CHECK(LiveSandbox::get().sql("select count(*) = max(number) from invoices", "tenantctl") == std::vector<std::string>{"t"});
}

TEST_CASE("what can't be billed is refused before anything is touched", "[billing]") {
  const auto not_over = billing({"run", "--month", "2100-01"});
  const auto no_month = billing({"run", "--month", "2026-13"});
  const auto nobody = billing({"run", "--month", "2026-02", "--tenant", "nobody-there"});
  const auto unknown = billing({"show", "INV-999999"});
  const auto unasked = billing({"run", "--month", "2020-01", "-o", "json"});
  const auto no_reason = billing({"credit", "INV-999999"});
  const auto bad_flag = billing({"list", "--cvs"});

  CHECK(not_over.status == 2);
  CHECK_THAT(not_over.err, Contains("2100-01 goes on until 2100-02-01T00:00:00Z") && Contains("--dry-run"));
  CHECK(no_month.status == 2);
  CHECK_THAT(no_month.err, Contains("write it as 2026-11"));
  CHECK(nobody.status == 4);
  CHECK(unknown.status == 4);
  CHECK_THAT(unknown.err, Contains("there is no invoice \"INV-999999\"") && Contains("tenantctl billing list"));
  CHECK(unasked.error()["code"] == "confirmation_required");
  CHECK(no_reason.status == 2);
  CHECK(bad_flag.status == 2);
}

TEST_CASE("invoices carry the configured issuer and prefix, and take a form of one's own", "[billing]") {
  const Subscribed tenant("bill-c");
  const auto config = changed_config(
      "billing.yaml",
      {{"default_stack:", "billing:\n  issuer: \"Shop & Sons\\n1 Main Street\"\n  prefix: \"S-\"\n  form: form.html\ndefault_stack:"}});
  const ConfigInUse in_use(config);
  write_text(LiveSandbox::get().dir() / "form.html", "{{number}} {{#issuer}}[{{line}}]{{/issuer}} {{total}}\n");

  const auto issued = billing({"run", "--month", "2026-04", "--tenant", "bill-c", "-o", "json"});

  INFO(issued.err);
  REQUIRE(issued.status == 0);
  const auto number = issued.json()["invoices"][0]["number"].get<std::string>();
  CHECK(number.starts_with("S-"));
  CHECK(billing({"show", number, "--html"}).out == number + " [Shop &amp; Sons][1 Main Street] 49.00\n");
  write_text(LiveSandbox::get().dir() / "form.html", "{{nothing}}");
  CHECK(billing({"show", number, "--html"}).status == 3);
}
