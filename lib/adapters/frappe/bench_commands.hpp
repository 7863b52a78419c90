// Every command that the bench adapter sends to a host, as values: pure functions of a site, compared by tests to the last
// argument. Secrets stand in their input or environment, never in an argument, which the bench would write into its log.
#pragma once
#include <string>

#include "ports/frappe_bench.hpp"
#include "ports/shell.hpp"

namespace tenantctl::frappe {

/// Whom the commands are for.
struct Caller {
  FrappeSite site;
  std::string token = {};         // "OPERATION.FENCE"; empty: only look
  std::chrono::seconds patience;  // for another command on the same site to end
};

constexpr std::chrono::seconds k_new_site_limit{900};
constexpr std::chrono::seconds k_small_limit{120};

ShellCommand look(const Caller& caller);
ShellCommand claim(const Caller& caller);
/// Prints SITE, TENANT, DATABASE and there, none or other of every claim in the bench, a line each, parted by tabs.
ShellCommand list_claims(const std::string& bench);
/// Removes what a claim has left that was cut off before it was one; never a claim, nor a site.
ShellCommand tidy(const Caller& caller);
ShellCommand remove(const Caller& caller);
/// Claims the caller's site and renames `standby` to it, or goes on with what was cut off there.
ShellCommand adopt(const Caller& caller, const HostName& standby);
/// `command`, which runs to its limit or end while the site is locked, and not at all where the site is not the caller's.
ShellCommand guarded(const Caller& caller, const ShellCommand& command);

/// The temporary database administrator's account.
std::string temporary_administrator(const FrappeSite& site);

struct NewSite {
  std::string source_sql = {};
  Secret database_password;
  Secret administrator_password;
};
ShellCommand new_site(const Caller& caller, const NewSite& request);
ShellCommand set_administrator_password(const Caller& caller, const Secret& password);

/// Without a token it asks at once, whatever else runs on the site.
ShellCommand get_installed_apps(const Caller& caller);
/// --force: without it, an app whose installation failed halfway passes for installed.
ShellCommand install_app(const Caller& caller, const std::string& app);
ShellCommand set_config(const Caller& caller, const std::string& key, const std::string& literal);
ShellCommand set_region(const Caller& caller, const std::string& country, const std::string& time_zone);
ShellCommand add_user(const Caller& caller, const FirstUser& user);
ShellCommand set_password(const Caller& caller, const EmailAddress& user, const Secret& password);
ShellCommand enable_scheduler(const Caller& caller);
ShellCommand set_maintenance_mode(const Caller& caller, std::string_view state);  // "on" or "off"
ShellCommand set_scheduler(const Caller& caller, std::string_view action);        // "pause" or "resume": it forgets no setting
/// curl, with everything but its presence in its input.
ShellCommand log_in(const FrappeSite& site, const std::string& web, const EmailAddress& user, const Secret& password);

}  // namespace tenantctl::frappe
