#include "commands/doctor_certificates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/certificates.hpp"
#include "commands/doctor_checks.hpp"
#include "core/inventory.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr auto k_title = "certificates";
// A worker comes by every few minutes, cron every hour.
constexpr auto k_longest_wait = 2h;
// One that failed once is tried again soon; what fails thrice wants somebody to look.
constexpr int k_tries_to_worry = 3;

std::string and_more(std::size_t count) { return count > 1 ? fmt::format(", and {} more", count - 1) : std::string(); }

HealthCheck trouble(std::string what, std::string hint) {
  return failed_check(k_title, make_error(ErrorCode::check_failed, std::move(what)).with_hint(std::move(hint)));
}

}  // namespace

std::vector<HealthCheck> judge_certificates(const std::vector<ShownCertificate>& wanted, const std::set<std::string>& there,
                                            const CertificatePlace& home, Instant now) {
  std::vector<const Certificate*> ended, failing, waiting, gone;
  std::set<std::string> nobodys = there;
  for (const auto& shown : wanted) {
    const auto& one = shown.certificate;
    const auto& name = one.order.name().str();
    const bool budget_is_used_up = shown.expected_at && *shown.expected_at > now;
    nobodys.erase(name);
    if (one.issued_at && one.order.place == home && !there.contains(name)) gone.push_back(&one);
    else if (one.not_after && *one.not_after < now) ended.push_back(&one);
    else if (one.tries >= k_tries_to_worry) failing.push_back(&one);
    else if (one.tries == 0 && one.due_at + k_longest_wait < now && !budget_is_used_up) waiting.push_back(&one);
  }
  std::vector<HealthCheck> checks;
  const auto name_of = [](const auto& list) { return list.front()->order.name().str(); };
  if (!gone.empty())
    checks.push_back(trouble(fmt::format("that of \"{}\" is not on nginx's host any more{}", name_of(gone), and_more(gone.size())),
                             fmt::format("run \"tenantctl certs renew {} --force\"", gone.front()->order.slug.str())));
  if (!ended.empty())
    checks.push_back(trouble(fmt::format("that of \"{}\" ended at {}{}{}", name_of(ended), to_rfc3339(*ended.front()->not_after),
                                         ended.front()->problem.empty() ? "" : ": " + ended.front()->problem, and_more(ended.size())),
                             "run \"tenantctl certs retry\""));
  if (!failing.empty())
    checks.push_back(trouble(fmt::format("that of \"{}\" could not be got {} times{}: {}", name_of(failing), failing.front()->tries,
                                         and_more(failing.size()), failing.front()->problem),
                             "mend that, and run \"tenantctl certs retry\""));
  if (!waiting.empty())
    checks.push_back(trouble(
        fmt::format("that of \"{}\" is due since {}{}", name_of(waiting), to_rfc3339(waiting.front()->due_at), and_more(waiting.size())),
        "run \"tenantctl certs renew\" from cron, or a worker"));
  if (!nobodys.empty())
    checks.push_back(trouble(fmt::format("\"{}\" lies in {} and is no tenant's{}", *nobodys.begin(), place_of_files(home.host, home.home),
                                         and_more(nobodys.size())),
                             fmt::format("where no other control database has it, run \"certbot delete --config-dir {}/etc --work-dir "
                                         "{}/lib --logs-dir {}/log --cert-name {}\" on nginx's host",
                                         home.home.string(), home.home.string(), home.home.string(), *nobodys.begin())));
  if (checks.empty() && !wanted.empty())
    checks.push_back({.name = k_title, .detail = fmt::format("{} wanted, none of them is late", wanted.size())});
  return checks;
}

std::vector<HealthCheck> check_certificates(const Settings& settings, Services& services) {
  if (!services.control()) return {skipped_check(k_title, "the control database does not answer")};
  const auto wanted = shown_certificates({}, services);
  if (!wanted) return {failed_check(k_title, wanted.error())};
  if (!settings.tls) {
    if (wanted->empty()) return {};
    return {trouble(fmt::format("{} are there, and tls is no longer configured: nobody renews them", wanted->size()),
                    "put tls: back as it was")};
  }
  const auto home = place_of_certificates(settings);
  auto issuer = services.issuer();
  if (!issuer) return {failed_check(k_title, issuer.error())};
  const auto names = (*issuer)->names(home);
  if (!names) return {failed_check(k_title, names.error())};
  return judge_certificates(*wanted, {names->begin(), names->end()}, home, services.clock().now());
}

}  // namespace tenantctl
