// A bench reached by a shell, here or over SSH. It gives the bench no database administrator but a temporary one that can
// touch only the new site's database, and believes no exit status that the bench's own files contradict.
#pragma once
#include <optional>
#include <set>

#include "adapters/frappe/bench_commands.hpp"
#include "adapters/frappe/site_sql.hpp"
#include "ports/entropy.hpp"

namespace tenantctl {

struct BenchAccess {
  std::string host;  // its name, for messages
  frappe::DatabaseKeeper keeper;
  std::string web = "http://127.0.0.1:8000";  // the bench's web server, as seen from its own host
  std::chrono::seconds patience{1200};        // for a command that an earlier process left running
};

class ShellBench : public FrappeBench {
 public:
  /// Both references must outlive it.
  ShellBench(BenchAccess access, Shell& shell, Entropy& entropy);

  void begin(const Claim& claim) override;
  Result<Observed> observe_site(const FrappeSite& site) override;
  Result<void> make_site(const FrappeSite& site, const std::string& source_sql) override;
  Result<void> adopt_site(const FrappeSite& site, const HostName& standby) override;
  Result<void> drop_site(const FrappeSite& site) override;
  Result<bool> is_whole(const FrappeSite& site) override;
  Result<std::vector<std::string>> installed_apps(const FrappeSite& site) override;
  Result<void> install_app(const FrappeSite& site, const std::string& app) override;
  Result<void> set_config(const FrappeSite& site, const std::string& key, const std::string& literal) override;
  Result<void> set_region(const FrappeSite& site, const std::string& country, const std::string& time_zone) override;
  Result<void> set_administrator(const FrappeSite& site, const FirstUser& user, const Secret& password) override;
  Result<void> prove_login(const FrappeSite& site, const EmailAddress& user, const Secret& password) override;
  Result<void> enable_scheduler(const FrappeSite& site) override;
  Result<Observed> observe_suspension(const FrappeSite& site) override;
  Result<void> suspend_site(const FrappeSite& site) override;
  Result<void> activate_site(const FrappeSite& site) override;
  Result<std::vector<Thing>> inventory(const std::string& bench) override;

 private:
  Result<void> run_new_site(const FrappeSite& site, const std::string& source_sql);
  Result<void> drop_remains(const FrappeSite& site);
  /// What the gate says of it, a line each.
  Result<std::string> look_at(const FrappeSite& site);
  Observed foreign(const FrappeSite& site) const;
  Result<ShellOutcome> run(const ShellCommand& command);
  Result<void> done(const FrappeSite& site, const ShellCommand& command);
  Result<std::string> said(const FrappeSite& site, const ShellCommand& command);
  Result<void> sql(const FrappeSite& site, std::string statements);
  Result<void> take_over(const FrappeSite& site);
  frappe::Caller caller(const FrappeSite& site) const;

  BenchAccess access_;
  Shell& shell_;
  Entropy& entropy_;
  std::optional<Claim> claim_;
  std::set<std::string> taken_over_ = {};  // sites whose claims carry our operation and fence
};

}  // namespace tenantctl
