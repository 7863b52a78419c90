#include "commands/certificates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/inventory.hpp"
#include "pipeline/failpoint.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr auto k_patience_at_the_end = 5s;
// Somebody waits for the command's end; certbot itself has more patience.
constexpr auto k_patience_with_one = 30s;
// What an authority says of too many requests holds for hours.
constexpr std::chrono::seconds k_pause_of_limits = 3h;

bool is_asked_too_often(const Error& error) { return error.message.find("rateLimited") != std::string::npos; }

/// Whether the next one would end the same way.
bool stops_all(const Error& error) {
  const bool has_no_certbot = error.code == ErrorCode::process_failed && error.message.find("there is no certbot") != std::string::npos;
  return is_unreachable(error.code) || error.code == ErrorCode::timed_out || has_no_certbot || is_asked_too_often(error);
}

CertificateEnd failed_try(const Certificate& certificate, const Error& error) {
  auto pause = certificate_pause_after(certificate.tries + 1);
  if (is_asked_too_often(error)) pause = std::max(pause, k_pause_of_limits);
  return {.problem = full_message(error), .pause = pause};
}

/// It lies where nginx is today: elsewhere nobody would be shown it.
Result<Instant> issue(const Certificate& certificate, const GetOrders& orders, const Settings& settings, CertificateIssuer& issuer) {
  const auto& place = certificate.order.place;
  if (place.host != settings.nginx.host || place.folder != settings.nginx.dir) {
    return fail(ErrorCode::config_invalid,
                fmt::format("it was asked for in \"{}\", and nginx.dir is \"{}\"", place_of_files(place.host, place.folder),
                            place_of_files(settings.nginx.host, settings.nginx.dir)));
  }
  return issuer.issue(certificate.order, !certificate.pending(), orders.each);
}

/// Whoever has a certificate has its visitors sent on to https, so that nginx has to show it. Where it does not, the tenant stays with
/// http. That https can't be reached from here, or is not trusted here, says nothing of visitors.
Result<void> check_shown(const CertificateOrder& order, const Settings& settings, CertificateIssuer& issuer, HttpProbe& http) {
  const auto answer = http.get({.address = settings.tls->nginx.probe, .host = order.name(), .path = "/"});
  if (answer || answer.error().code != ErrorCode::http_check_failed || answer.error().hint.find("tls.key_group") == std::string::npos)
    return {};
  TRY(issuer.hide(order));
  return fail(make_error(ErrorCode::certificate_refused, fmt::format("{}: {}", answer.error().message, answer.error().hint)));
}

}  // namespace

CertificatePlace place_of_certificates(const Settings& settings) {
  return {.host = settings.nginx.host, .home = settings.tls->dir, .folder = settings.nginx.dir};
}

CertificateOrder certificate_order(const TenantId& tenant, const TenantSlug& slug, const HostName& front, const HostName& back,
                                   const Settings& settings) {
  return {.tenant = tenant, .slug = slug, .names = {front, back}, .place = place_of_certificates(settings), .zone = settings.domain};
}

Result<CertificatesDone> get_certificates(const GetOrders& orders, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto* issuer, services.issuer());
  TRY_ASSIGN(auto control, services.control());
  CertificatesDone done;
  const auto give_up_at = std::chrono::steady_clock::now() + orders.limit;
  const IssueOrders wanted{
      .weekly = settings->tls->weekly, .renew_days = settings->tls->renew_days, .only_new = orders.only_new, .tenant = orders.tenant};
  const auto one = [&](const Certificate& certificate) -> std::optional<CertificateEnd> {
    failpoint("issue", CrashPoint::before_effect);
    auto until = issue(certificate, orders, *settings, *issuer);
    if (until) {
      if (const auto shown = check_shown(certificate.order, *settings, *issuer, services.http()); !shown) until = fail(shown.error());
    }
    failpoint("issue", CrashPoint::after_effect);
    const auto& name = certificate.order.name().str();
    if (until) {
      done.got[name] = *until;
      done.failed.erase(name);
      return CertificateEnd{.not_after = *until};
    }
    if (stops_all(until.error())) done.stopped_by = until.error();
    done.failed[name] = full_message(until.error());
    return failed_try(certificate, until.error());
  };
  while (!orders.stop() && !services.interrupted() && !done.stopped_by) {
    if (orders.limit > 0ms && std::chrono::steady_clock::now() >= give_up_at) break;
    TRY_ASSIGN(const auto round, control.certificates.issue_next(wanted, one));
    done.is_busy = round == IssueRound::busy;
    if (round != IssueRound::one) break;
  }
  return done;
}

void get_news(Services& services) {
  if (!services.has_certificates_to_get()) return;
  auto& progress = services.progress();
  const auto later = "; \"tenantctl certs renew\" and a worker try again";
  const auto done = get_certificates({.only_new = true, .limit = k_patience_at_the_end, .each = k_patience_with_one}, services);
  if (!done) return progress.note(fmt::format("certificates could not be got: {}{}", full_message(done.error()), later));
  for (const auto& [name, until] : done->got) progress.note(fmt::format("\"{}\" has a certificate until {}", name, to_rfc3339(until)));
  for (const auto& [name, why] : done->failed) progress.note(fmt::format("\"{}\" has no certificate yet: {}{}", name, why, later));
  if (done->is_busy) progress.note(fmt::format("another process is getting certificates{}", later));
}

Result<std::vector<ShownCertificate>> shown_certificates(const std::optional<TenantId>& tenant, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto certificates, control.certificates.list(tenant));
  // Who waits for the budget waits behind others.
  if (tenant && std::ranges::any_of(certificates, &Certificate::pending)) { TRY_ASSIGN(certificates, control.certificates.list({})); }
  std::ranges::stable_sort(certificates, {}, [](const Certificate& one) { return std::pair(one.due_at, one.requested_at); });
  const auto now = services.clock().now();
  const int weekly = settings->tls ? settings->tls->weekly : TlsSettings{}.weekly;
  std::map<std::string, std::vector<Instant>> got;
  std::map<std::string, std::size_t> before;
  std::vector<ShownCertificate> shown;
  for (auto& certificate : certificates) {
    ShownCertificate one{.certificate = std::move(certificate)};
    if (one.certificate.pending()) {
      const auto& zone = one.certificate.order.zone;
      if (!got.contains(zone)) { TRY_ASSIGN(got[zone], control.certificates.got_lately(zone)); }
      one.expected_at = std::max(one.certificate.due_at, expected_at(got[zone], weekly, before[zone]++, now));
    }
    if (!tenant || one.certificate.order.tenant == *tenant) shown.push_back(std::move(one));
  }
  std::ranges::stable_sort(shown, {}, [](const ShownCertificate& one) { return one.certificate.order.name().str(); });
  return shown;
}

}  // namespace tenantctl
