#include "commands/doctor_certificates.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const Instant k_looked_at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
const CertificatePlace k_home{.host = "web", .home = "/srv/tls", .folder = "/etc/nginx/tenantctl"};

/// In force, and renewed in time.
ShownCertificate good(const std::string& slug) {
  return {.certificate = {.order = {.tenant = *TenantId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
                                    .slug = *TenantSlug::parse(slug),
                                    .names = {*HostName::parse(slug + ".yourapp.test")},
                                    .place = k_home,
                                    .zone = "yourapp.test"},
                          .issued_at = k_looked_at - 24h,
                          .not_after = k_looked_at + 89 * 24h,
                          .due_at = k_looked_at + 59 * 24h}};
}

/// Never got; the first try is due since then.
ShownCertificate pending(const std::string& slug, Instant due_at) {
  auto shown = good(slug);
  shown.certificate.issued_at.reset(), shown.certificate.not_after.reset();
  shown.certificate.due_at = due_at;
  return shown;
}

std::string trouble(const std::vector<ShownCertificate>& wanted, const std::set<std::string>& there) {
  std::string text;
  for (const auto& check : judge_certificates(wanted, there, k_home, k_looked_at)) {
    if (check.result != HealthCheck::Result::ok) text += check.detail + "\n" + check.hint + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("doctor finds nothing wrong with certificates that are there, or wait for their turn", "[tls]") {
  auto of_budget = pending("bolt", k_looked_at - 48h);
  of_budget.expected_at = k_looked_at + 24h;
  CHECK(trouble({}, {}).empty());
  CHECK(trouble({good("acme"), of_budget, pending("corp", k_looked_at - 10min)}, {"acme.yourapp.test"}).empty());
}

TEST_CASE("doctor tells of certificates that can't be got, ended, wait for nobody, vanished, or are nobody's", "[tls]") {
  auto failing = pending("acme", k_looked_at + 1h);
  failing.certificate.tries = 3;
  failing.certificate.problem = "the authority refuses";
  CHECK_THAT(trouble({failing}, {}), Contains("\"acme.yourapp.test\" could not be got 3 times") && Contains("the authority refuses"));
  failing.certificate.tries = 2;
  CHECK(trouble({failing}, {}).empty());

  auto ended = good("acme");
  ended.certificate.not_after = k_looked_at - 1s;
  CHECK_THAT(trouble({ended, ended}, {"acme.yourapp.test"}), Contains("ended at 2026-11-22T23:59:59Z") && Contains("and 1 more"));

  CHECK_THAT(trouble({pending("acme", k_looked_at - 3h)}, {}), Contains("is due since 2026-11-22T21:00:00Z") && Contains("a worker"));

  CHECK_THAT(trouble({good("acme")}, {}), Contains("is not on nginx's host any more") && Contains("certs renew acme --force"));
  auto elsewhere = good("acme");
  elsewhere.certificate.order.place.home = "/elsewhere";
  CHECK(trouble({elsewhere}, {}).empty());

  CHECK_THAT(trouble({}, {"ghost.yourapp.test", "spook.yourapp.test"}),
             Contains("\"ghost.yourapp.test\" lies in") && Contains("and 1 more") && Contains("--cert-name ghost.yourapp.test"));
}
