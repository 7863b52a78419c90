// Which certificates tenants are to have: one is got at a time, the authority's budget is kept, and what is given up waits its turn.
#include <atomic>
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

CertificateOrder order_of(int number, const std::string& slug) {
  return {.tenant = tenant_id(number),
          .slug = *TenantSlug::parse(slug),
          .names = {*HostName::parse(slug + ".yourapp.test"), *HostName::parse("api." + slug + ".yourapp.test")},
          .place = {.host = "edge", .home = "/var/lib/tls", .folder = "/srv/nginx"},
          .zone = "yourapp.test"};
}

Instant in_days(int days) {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + std::chrono::days(days);
}

/// A control database with tenants that are active and have asked.
struct Wanted {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  CertificateStore& store = fixture->control.certificates();

  explicit Wanted(const Lines& slugs = {"acme"}) {
    int number = 0;
    for (const auto& slug : slugs) {
      ++number;
      const auto ticket = open(fixture->control, number, slug).value();
      REQUIRE(fixture->control.journal().close(ticket, {}, OperationState::succeeded, ActivateTenant{}).has_value());
      REQUIRE(store.request(order_of(number, slug)).has_value());
    }
  }

  /// What is tried, until nothing is due, with each ended as `end` says.
  Lines get_all(const CertificateEnd& end, const IssueOrders& orders = {}) {
    Lines tried;
    const auto one = [&](const Certificate& certificate) {
      tried.push_back(certificate.order.slug.str());
      return std::optional(end);
    };
    for (auto round = IssueRound::one; round == IssueRound::one;) {
      const auto done = store.issue_next(orders, one);
      if (!done) FAIL(full_message(done.error()));
      round = *done;
    }
    return tried;
  }
  Certificate certificate(const std::string& slug = "acme") { return store.find(*HostName::parse(slug + ".yourapp.test")).value().value(); }
  void run(const std::string& sql) { test::ask(fixture->look(), sql.c_str()); }
};

const CertificateEnd k_refused{.problem = "no such host", .pause = 1min};

}  // namespace

TEST_CASE("what is asked for is kept as it was asked for, once, and is another tenant's to nobody", "[tls]") {
  Wanted wanted({"acme", "globex"});
  const auto found = wanted.certificate();

  CHECK(found.order.names == order_of(1, "acme").names);
  CHECK(found.order.place == order_of(1, "acme").place);
  CHECK(found.order.zone == "yourapp.test");
  CHECK(found.pending());
  CHECK(wanted.store.request(order_of(1, "acme")).has_value());
  CHECK(wanted.store.list({}).value().size() == 2);
  CHECK(wanted.store.list(tenant_id(2)).value().size() == 1);
  auto stolen = order_of(1, "acme");
  stolen.tenant = tenant_id(2);
  const auto refused = wanted.store.request(stolen);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::foreign_object);
  CHECK_FALSE(wanted.store.find(*HostName::parse("nobody.yourapp.test")).value());
}

TEST_CASE("one that is got is due again before its end, and one that failed after its pause, with the reason", "[tls]") {
  Wanted wanted({"acme"});

  CHECK(wanted.get_all(k_refused) == Lines{"acme"});
  auto found = wanted.certificate();
  CHECK(found.pending());
  CHECK(found.tries == 1);
  CHECK(found.problem == "no such host");
  CHECK(found.due_at > in_days(0) + 50s);
  CHECK(wanted.get_all(k_refused).empty());

  REQUIRE(wanted.store.make_due({}, false).has_value());
  const auto end = in_days(90);
  CHECK(wanted.get_all({.not_after = end}, {.renew_days = 30}) == Lines{"acme"});
  found = wanted.certificate();
  CHECK_FALSE(found.pending());
  CHECK(found.not_after == end);
  CHECK(found.tries == 0);
  CHECK(found.problem.empty());
  CHECK(found.due_at == end - std::chrono::days(30));

  // Only who says so renews what is good; and what fails then is still the old one.
  REQUIRE(wanted.store.make_due({}, false).has_value());
  CHECK(wanted.get_all(k_refused).empty());
  REQUIRE(wanted.store.make_due(tenant_id(1), true).has_value());
  CHECK(wanted.get_all(k_refused) == Lines{"acme"});
  CHECK(wanted.certificate().not_after == end);
}

TEST_CASE("a try of which nothing is to be said has not been", "[tls]") {
  Wanted wanted;
  const auto round = wanted.store.issue_next({}, [](const Certificate&) { return std::optional<CertificateEnd>(); });
  REQUIRE(round);
  CHECK(*round == IssueRound::none);
  CHECK(wanted.certificate().tries == 0);
}

TEST_CASE("new ones are got within the authority's budget, renewals besides, and each zone has its own", "[tls]") {
  Wanted wanted({"aaa", "bbb", "ccc"});
  const CertificateEnd got{.not_after = in_days(90)};

  CHECK(wanted.get_all(k_refused, {.weekly = 2}).size() == 3);  // who gets nothing has used nothing
  REQUIRE(wanted.store.make_due({}, false).has_value());
  CHECK(wanted.get_all(got, {.weekly = 2}).size() == 2);
  CHECK(wanted.store.got_lately("yourapp.test").value().size() == 2);
  REQUIRE(wanted.store.make_due({}, true).has_value());
  CHECK(wanted.get_all(got, {.weekly = 2}).size() == 2);
  CHECK(wanted.store.got_lately("yourapp.test").value().size() == 2);

  wanted.run("update certificates set zone = 'elsewhere.test' where issued_at is null");
  CHECK(wanted.get_all(got, {.weekly = 2}).size() == 1);
  wanted.run("update certificate_orders set ordered_at = ordered_at - interval '8 days'");
  CHECK(wanted.store.got_lately("yourapp.test").value().empty());
}

TEST_CASE("nothing is got for who is being made, was cancelled or is being deleted, but for who is suspended", "[tls]") {
  Wanted wanted;
  for (const auto* status : {"provisioning", "cancelled", "failed"}) {
    wanted.run(std::string("update tenants set status = '") + status + "'");
    CHECK(wanted.get_all(k_refused).empty());
  }
  wanted.run("update tenants set status = 'active'");
  wanted.run(
      "insert into operations (id, tenant, slug, kind, pipeline_version, parameters, actor_name, actor_host, actor_pid, state, fence) "
      "select "
      "gen_random_uuid(), id, slug, 'delete', 1, '{}', 'a', 'h', 1, 'running', 1 from tenants");
  CHECK(wanted.get_all(k_refused).empty());
  wanted.run("delete from operations where kind = 'delete'; update tenants set status = 'suspended'");
  CHECK(wanted.get_all(k_refused) == Lines{"acme"});
}

TEST_CASE("one is got at a time by all processes together, and one that dies lets go", "[tls]") {
  Wanted wanted({"aaa", "bbb"});
  ControlDatabase other(wanted.fixture->url);
  REQUIRE(wanted.store
              .issue_next({},
                          [&](const Certificate&) {
                            const auto beside =
                                other.certificates().issue_next({}, [](const Certificate&) { return std::optional(k_refused); });
                            CHECK(*beside == IssueRound::busy);
                            return std::optional(k_refused);
                          })
              .has_value());

  const auto lost = wanted.store.issue_next({}, [&](const Certificate&) {
    const auto killer = session(PostgresCluster::shared().url());
    test::ask(killer, ("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + wanted.fixture->name +
                       "' and query like '%for update of c skip locked%'")
                          .c_str());
    return std::optional(CertificateEnd{.not_after = in_days(90)});
  });
  CHECK_FALSE(lost);
  CHECK(wanted.store.list({}).value().size() == 2);
  CHECK(wanted.get_all({.not_after = in_days(90)}).size() == 1);
}

TEST_CASE("one that is good for a short time is not renewed again and again", "[tls]") {
  Wanted wanted;
  CHECK(wanted.get_all({.not_after = in_days(1)}, {.renew_days = 30}) == Lines{"acme"});
  const auto due = wanted.certificate().due_at;
  CHECK((due > in_days(0) + 11h && due < in_days(0) + 13h));
}

TEST_CASE("a command's end takes those alone that were never tried", "[tls]") {
  Wanted wanted({"aaa", "bbb"});
  CHECK(wanted.get_all({.problem = "x", .pause = std::chrono::seconds(-1)}, {.only_new = true}).size() == 2);
  CHECK(wanted.get_all(k_refused, {.only_new = true}).empty());
  CHECK(wanted.get_all(k_refused).size() == 2);
}

TEST_CASE("nothing is asked for of who is about to be deleted", "[tls]") {
  Wanted wanted({"acme"});
  REQUIRE(wanted.store.remove(order_of(1, "acme"), [](const Certificate&) { return Result<void>(); }).value());
  wanted.run(
      "insert into operations (id, tenant, slug, kind, pipeline_version, parameters, actor_name, actor_host, actor_pid, state, fence) "
      "select "
      "gen_random_uuid(), id, slug, 'delete', 1, '{}', 'a', 'h', 1, 'running', 1 from tenants");
  const auto refused = wanted.store.request(order_of(1, "acme"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::state_conflict);
}

TEST_CASE("who gives one up waits until it is got, and forgets it only where that is done", "[tls]") {
  Wanted wanted;
  ControlDatabase other(wanted.fixture->url);
  std::atomic<bool> got = false;
  std::atomic<bool> begun = false;
  std::jthread beside([&] {
    (void)other.certificates().issue_next({}, [&](const Certificate&) {
      begun = true;
      std::this_thread::sleep_for(300ms);
      got = true;
      return std::optional(CertificateEnd{.not_after = in_days(90)});
    });
  });
  while (!begun) std::this_thread::sleep_for(10ms);

  const auto failed = wanted.store.remove(order_of(1, "acme"), [&](const Certificate& certificate) -> Result<void> {
    CHECK(got);
    CHECK_FALSE(certificate.pending());
    return fail(ErrorCode::timed_out, "the host is busy");
  });
  CHECK_FALSE(failed);
  CHECK_FALSE(wanted.certificate().pending());

  CHECK(wanted.store.remove(order_of(1, "acme"), [](const Certificate&) { return Result<void>(); }).value());
  CHECK_FALSE(wanted.store.remove(order_of(1, "acme"), [](const Certificate&) { return Result<void>(); }).value());
  CHECK(wanted.store.list({}).value().empty());
}

TEST_CASE("a tenant's row does not go while a certificate of its is known", "[tls]") {
  Wanted wanted({"acme"});
  const auto ticket = wanted.fixture->control.operations().take_over(operation_id(1), {.name = "bob", .host = "ops2", .pid = 1}).value();
  CHECK_FALSE(wanted.fixture->control.journal().close(ticket, {}, OperationState::undone, RemoveTenant{}).has_value());
  CHECK(wanted.fixture->control.tenants().find("acme").has_value());
}
