// A bench on some host, on which tenants have whole sites. What it makes is claimed on that host before it exists, and it
// removes only what is claimed for the tenant: never a site, database or account that was there before.
#pragma once
#include <string>
#include <vector>

#include "core/inventory.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "ports/claim.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

/// A tenant's site. Recorded in the operation before anything is made; an undo uses what was recorded.
struct FrappeSite {
  TenantId tenant;
  HostName name;          // the site's folder, and what X-Frappe-Site-Name says
  DatabaseName database;  // of its own for each create; its account has the same name
  std::string bench;      // folder on the host; "~/" is the login's home
  std::string program = "bench";
};

struct FirstUser {
  EmailAddress email;
  std::string name;
};

class FrappeBench {
 public:
  virtual ~FrappeBench() = default;
  // Every function may fail with process_failed, timed_out, host_unreachable, outcome_unknown, server_unreachable (the site's
  // database), permission_denied or disk_full besides what it names.

  /// From now on everything is done for this operation. A command that an earlier holder of the operation left running on the
  /// host is waited for, and none of its later ones does anything. Further errors from then on: fenced, control_unreachable,
  /// locked (that command did not end).
  virtual void begin(const Claim& claim) = 0;

  /// complete where `bench new-site` came to its end, partial where less or more of it is there, foreign where a site of that
  /// name is not claimed for the tenant, or has another database than the claimed one.
  virtual Result<Observed> observe_site(const FrappeSite& site) = 0;
  /// Whole already: success; what a dead try left is dropped first. `source_sql` (a dump on the host, or empty) spares the
  /// framework's own installation. The scheduler is off; nobody knows the password of "Administrator".
  /// Errors: foreign_object (a site, database or account of these names exists; nothing was made).
  virtual Result<void> make_site(const FrappeSite& site, const std::string& source_sql) = 0;
  /// Gives a whole site of the tenant's, which was made ahead of time as `standby`, the name that `site` has; nothing is left under the
  /// old one. Given already: success. Errors: foreign_object (a site of the new name is somebody else's); state_conflict (the
  /// standby is not there as it was made).
  virtual Result<void> adopt_site(const FrappeSite& site, const HostName& standby) = 0;
  /// The site's folder, database and accounts, and what a `drop-site` by hand has put into archived/sites of it. Absent is
  /// success. Errors: foreign_object.
  virtual Result<void> drop_site(const FrappeSite& site) = 0;

  /// Whether `bench new-site` came to its end and all of it is there still. Needs no begin(), and takes nothing over.
  virtual Result<bool> is_whole(const FrappeSite& site) = 0;
  /// Needs no begin(), and may then be asked from several threads at once.
  virtual Result<std::vector<std::string>> installed_apps(const FrappeSite& site) = 0;
  /// Whole, also where an earlier try failed halfway.
  virtual Result<void> install_app(const FrappeSite& site, const std::string& app) = 0;
  /// `literal` is a value as Python writes it. It is logged on the host: no secrets.
  virtual Result<void> set_config(const FrappeSite& site, const std::string& key, const std::string& literal) = 0;
  /// Of the System Settings. Both may be empty.
  virtual Result<void> set_region(const FrappeSite& site, const std::string& country, const std::string& time_zone) = 0;
  /// A System Manager with this password; there already: it gets the password.
  virtual Result<void> set_administrator(const FrappeSite& site, const FirstUser& user, const Secret& password) = 0;
  /// Logs in at the bench's own web server. Errors: http_check_failed.
  virtual Result<void> prove_login(const FrappeSite& site, const EmailAddress& user, const Secret& password) = 0;
  virtual Result<void> enable_scheduler(const FrappeSite& site) = 0;

  /// complete: suspended; partial: half of it; absent: it is open; foreign as observe_site.
  virtual Result<Observed> observe_suspension(const FrappeSite& site) = 0;
  /// The site answers 503 from the next request on, and its scheduler starts nothing more. Data and logins stay.
  virtual Result<void> suspend_site(const FrappeSite& site) = 0;
  virtual Result<void> activate_site(const FrappeSite& site) = 0;

  /// Every site of that bench that is claimed for a tenant, and claims whose site is not there. Needs no begin().
  virtual Result<std::vector<Thing>> inventory(const std::string& bench) = 0;
};

}  // namespace tenantctl
