// A bench in memory, with the traps that its adapter has to survive: what a site holds is made piece by piece, and whatever
// dies between two of them leaves a partial site.
#pragma once
#include <map>
#include <set>
#include <string>

#include "fakes/faults.hpp"
#include "ports/frappe_bench.hpp"

namespace tenantctl::test {

class FakeBench : public FrappeBench {
 public:
  struct Site {
    std::string tenant;  // empty: somebody else's
    std::string database;
    bool whole = false;
    std::vector<std::string> apps = {};
    std::map<std::string, std::string> config = {};
    std::string country = {};
    std::map<std::string, std::string> users = {};  // and their passwords
    bool scheduler = false;
    bool suspended = false;
  };

  explicit FakeBench(Faults& faults) : faults_(faults) {}

  void begin(const Claim&) override {}
  Result<Observed> observe_site(const FrappeSite& site) override;
  Result<void> make_site(const FrappeSite& site, const std::string& source_sql) override;
  Result<void> adopt_site(const FrappeSite& site, const HostName& standby) override;
  Result<void> drop_site(const FrappeSite& site) override;
  Result<bool> is_whole(const FrappeSite& site) override { return look(site).presence == Presence::complete; }
  Result<std::vector<std::string>> installed_apps(const FrappeSite& site) override;
  Result<void> install_app(const FrappeSite& site, const std::string& app) override;
  Result<void> set_config(const FrappeSite& site, const std::string& key, const std::string& literal) override;
  Result<void> set_region(const FrappeSite& site, const std::string& country, const std::string& time_zone) override;
  Result<void> set_administrator(const FrappeSite& site, const FirstUser& user, const Secret& password) override;
  Result<void> prove_login(const FrappeSite& site, const EmailAddress& user, const Secret& password) override;
  Result<void> enable_scheduler(const FrappeSite& site) override;
  Result<Observed> observe_suspension(const FrappeSite& site) override;
  Result<void> suspend_site(const FrappeSite& site) override { return set_suspended(site, true); }
  Result<void> activate_site(const FrappeSite& site) override { return set_suspended(site, false); }
  Result<std::vector<Thing>> inventory(const std::string& bench) override;

  std::map<std::string, Site> sites;
  std::set<std::string> databases;
  std::vector<std::string> dump_has = {"frappe"};
  bool takes_logins = true;

 private:
  Observed look(const FrappeSite& site) const;
  Result<void> set_suspended(const FrappeSite& site, bool suspended);
  Result<Site*> whole(const FrappeSite& site);

  Faults& faults_;
};

}  // namespace tenantctl::test
