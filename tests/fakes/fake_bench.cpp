#include "fakes/fake_bench.hpp"

#include <algorithm>

namespace tenantctl::test {

Observed FakeBench::look(const FrappeSite& site) const {
  const auto found = sites.find(site.name.str());
  if (found == sites.end()) return {Presence::absent};
  if (found->second.tenant != site.tenant.str() || found->second.database != site.database.str())
    return {Presence::foreign, "the site is not this tenant's"};
  return {found->second.whole ? Presence::complete : Presence::partial};
}

Result<FakeBench::Site*> FakeBench::whole(const FrappeSite& site) {
  if (look(site).presence != Presence::complete) return fail(ErrorCode::process_failed, "Site does not exist!");
  return &sites[site.name.str()];
}

Result<Observed> FakeBench::observe_site(const FrappeSite& site) {
  return faults_.around("bench.observe", [&]() -> Result<Observed> { return look(site); });
}

Result<void> FakeBench::make_site(const FrappeSite& site, const std::string& source_sql) {
  return faults_.around("bench.make", [&]() -> Result<void> {
    const auto seen = look(site);
    if (seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
    if (seen.presence == Presence::complete) return {};
    if (seen.presence == Presence::absent && databases.contains(site.database.str()))
      return fail(ErrorCode::foreign_object, "the database is not this tenant's");
    sites[site.name.str()] = {.tenant = site.tenant.str(), .database = site.database.str()};
    databases.erase(site.database.str());
    faults_.pass();
    databases.insert(site.database.str());
    faults_.pass();
    sites[site.name.str()].apps = source_sql.empty() ? std::vector<std::string>{"frappe"} : dump_has;
    sites[site.name.str()].whole = true;
    return {};
  });
}

Result<void> FakeBench::adopt_site(const FrappeSite& site, const HostName& standby) {
  return faults_.around("bench.adopt", [&]() -> Result<void> {
    const auto seen = look(site);
    if (seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
    if (seen.presence == Presence::complete) return {};
    auto from = site;
    from.name = standby;
    if (look(from).presence != Presence::complete) return fail(ErrorCode::state_conflict, "the standby is not there as it was made");
    sites[site.name.str()] = {.tenant = site.tenant.str(), .database = site.database.str()};
    faults_.pass();
    sites[site.name.str()] = sites[standby.str()];
    sites.erase(standby.str());
    return {};
  });
}

Result<void> FakeBench::drop_site(const FrappeSite& site) {
  return faults_.around("bench.drop", [&]() -> Result<void> {
    const auto seen = look(site);
    if (seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
    if (seen.presence == Presence::absent) return {};
    databases.erase(site.database.str());
    faults_.pass();
    sites.erase(site.name.str());
    return {};
  });
}

Result<std::vector<std::string>> FakeBench::installed_apps(const FrappeSite& site) {
  return faults_.around("bench.installed", [&]() -> Result<std::vector<std::string>> {
    TRY_ASSIGN(auto* there, whole(site));
    return there->apps;
  });
}

Result<void> FakeBench::install_app(const FrappeSite& site, const std::string& app) {
  return faults_.around("bench.install_app", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    if (std::ranges::find(there->apps, app) == there->apps.end()) there->apps.push_back(app);
    return {};
  });
}

Result<void> FakeBench::set_config(const FrappeSite& site, const std::string& key, const std::string& literal) {
  return faults_.around("bench.config", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    there->config[key] = literal;
    return {};
  });
}

Result<void> FakeBench::set_region(const FrappeSite& site, const std::string& country, const std::string&) {
  return faults_.around("bench.region", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    there->country = country;
    return {};
  });
}

Result<void> FakeBench::set_administrator(const FrappeSite& site, const FirstUser& user, const Secret& password) {
  return faults_.around("bench.administrator", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    there->users[user.email.str()];
    faults_.pass();
    there->users[user.email.str()] = password.reveal();
    return {};
  });
}

Result<void> FakeBench::prove_login(const FrappeSite& site, const EmailAddress& user, const Secret& password) {
  return faults_.around("bench.login", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    if (takes_logins && there->users[user.str()] == password.reveal()) return {};
    return fail(ErrorCode::http_check_failed, "status 401");
  });
}

Result<void> FakeBench::enable_scheduler(const FrappeSite& site) {
  return faults_.around("bench.scheduler", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    there->scheduler = true;
    return {};
  });
}

Result<Observed> FakeBench::observe_suspension(const FrappeSite& site) {
  return faults_.around("bench.observe_suspension", [&]() -> Result<Observed> {
    const auto seen = look(site);
    if (seen.presence == Presence::foreign) return seen;
    const auto there = sites.find(site.name.str());
    return Observed{there != sites.end() && there->second.suspended ? Presence::complete : Presence::absent};
  });
}

Result<void> FakeBench::set_suspended(const FrappeSite& site, bool suspended) {
  return faults_.around("bench.suspended", [&]() -> Result<void> {
    TRY_ASSIGN(auto* there, whole(site));
    there->suspended = suspended;
    return {};
  });
}

Result<std::vector<Thing>> FakeBench::inventory(const std::string&) {
  return faults_.around("bench.inventory", [&]() -> Result<std::vector<Thing>> {
    std::vector<Thing> things;
    for (const auto& [name, site] : sites) {
      if (!site.tenant.empty())
        things.push_back({.kind = ThingKind::site, .name = name, .tenant = *TenantId::parse(site.tenant), .owner = site.database});
    }
    return things;
  });
}

}  // namespace tenantctl::test
