#include "isolation/site_survey.hpp"

#include <fmt/format.h>

#include "isolation/tries.hpp"

namespace tenantctl {
namespace {

/// Judges what was seen of one tenant's site.
class SiteSurvey {
 public:
  SiteSurvey(const SiteOrder& order, const SeenBench& bench, const SiteTenant& subject, std::span<const std::size_t> others,
             std::span<const ProbeCard> cards)
      : order_(order),
        bench_(bench),
        subject_(subject),
        others_(others),
        cards_(cards),
        tries_(subject.id, subject.slug, StackKind::frappe) {}

  TenantIsolation run() {
    const auto found = bench_.sites.find(subject_.site.str());
    if (found == bench_.sites.end()) {
      begin("enter-site-database");
      unclear("", "its site was not seen on the bench");
      return std::move(tries_).result();
    }
    const auto& site = found->second;
    judge_doors(site);
    judge_rights(site);
    judge_strangers(site);
    judge_shared("same-database-password", site.same_password, "the two accounts have the same password");
    judge_shared("same-encryption-key", site.same_encryption, "the two sites have the same encryption key");
    begin("site-files");
    for (const auto& file : site.open_files) breach("", file);
    for (const auto& service : bench_.services) judge_service(service);
    return std::move(tries_).result();
  }

 private:
  /// What is found from now on is of this probe.
  void begin(std::string_view probe) {
    card_ = &card_named(cards_, probe);
    tries_.count(*card_);
  }
  void breach(const std::string& object, const std::string& detail) { tries_.found(*card_, object, detail, {}); }
  void unclear(const std::string& object, const std::string& why) { tries_.unclear(*card_, object, why); }

  /// As operators know it: the tenant's slug, or the site that is no tenant's.
  std::string name_of(const std::string& site) const {
    for (const auto& tenant : order_.tenants) {
      if (tenant.site.str() == site) return tenant.slug.str();
    }
    return "site " + site;
  }

  void judge_doors(const SeenSite& site) {
    if (!site.why_not.empty()) {
      begin("enter-site-database");
      unclear("", site.why_not);
    }
    for (const auto& [other, door] : site.doors) {
      begin("enter-site-database");
      const auto object = name_of(other);
      const auto them = bench_.sites.find(other);
      if (door.answer == SiteDoor::Answer::entered) breach(object, "its account entered the database of that site");
      else if (door.answer == SiteDoor::Answer::unclear) unclear(object, "it could not be tried: " + door.said);
      else if (them == bench_.sites.end()) unclear(object, "it was refused, but nobody else tried to enter that site's database");
      else if (!them->second.why_not.empty()) unclear(object, "it was refused, but for the site itself: " + them->second.why_not);
    }
    if (!site.why_not.empty()) return;
    for (const auto place : others_) {
      const auto& other = order_.tenants[place];
      if (site.doors.contains(other.site.str())) continue;
      begin("enter-site-database");
      unclear(other.slug.str(), "the bench does not say which database that site has");
    }
  }

  void judge_rights(const SeenSite& site) {
    begin("site-account-rights");
    for (const auto& right : site.rights) breach("", "its account has " + right);
    // Why its account could not be asked is said once, at the doors.
    if (site.rights.empty() && !site.has_own_right && site.why_not.empty())
      unclear("", "no rights of its account could be read, not even those in its own database");
  }

  void judge_strangers(const SeenSite& site) {
    begin("site-strangers");
    for (const auto& stranger : site.strangers) breach(stranger, "it holds something in the site's database");
    if (!site.why_no_strangers.empty() && site.why_not.empty()) unclear("", site.why_no_strangers);
  }

  void judge_shared(std::string_view probe, const std::vector<std::string>& sites, const std::string& detail) {
    begin(probe);
    for (const auto& site : sites) breach(name_of(site), detail);
  }

  void judge_service(const SeenService& service) {
    begin(service.name == "web" ? "bench-web-server" : "bench-redis");
    for (const auto& address : service.open) breach(service.name, "it is reached at " + address);
    if (!service.why_not.empty()) unclear(service.name, fmt::format("{}: {}", service.url, service.why_not));
  }

  const SiteOrder& order_;
  const SeenBench& bench_;
  const SiteTenant& subject_;
  std::span<const std::size_t> others_;
  std::span<const ProbeCard> cards_;
  const ProbeCard* card_ = nullptr;
  Tries tries_;
};

}  // namespace

Result<std::vector<TenantIsolation>> survey_sites(const SiteOrder& order, std::span<const ProbeCard> cards, SiteDoors& doors) {
  const auto meetings = meetings_of(order.subjects, order.tenants.size(), order.round);
  BenchQuestion question{.bench = order.bench, .tenants = {}, .subjects = {}, .jobs = order.round.jobs};
  for (const auto& tenant : order.tenants) question.tenants.push_back(tenant.site);
  for (std::size_t i = 0; i < order.subjects.size(); ++i) {
    auto& sites = question.subjects[order.tenants[order.subjects[i]].site.str()];
    for (const auto other : meetings.others[i]) sites.push_back(order.tenants[other].site.str());
  }
  TRY_ASSIGN(const auto bench, doors.look(question));
  std::vector<TenantIsolation> results;
  for (std::size_t i = 0; i < order.subjects.size(); ++i)
    results.push_back(SiteSurvey(order, bench, order.tenants[order.subjects[i]], meetings.others[i], cards).run());
  return results;
}

}  // namespace tenantctl
