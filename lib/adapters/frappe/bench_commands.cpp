#include "adapters/frappe/bench_commands.hpp"

#include <fmt/format.h>

#include "adapters/frappe/gate_script.hpp"
#include "core/frappe_stack.hpp"

namespace tenantctl::frappe {
namespace {

using Argv = std::vector<std::string>;

constexpr std::chrono::seconds k_margin{30};  // of our own deadline, behind those that the host keeps itself

ShellCommand gate(std::string_view verb, const Caller& caller) {
  const auto& site = caller.site;
  const bool waits = !caller.token.empty();
  return {.argv = {"sh", "-c", std::string(k_gate_script), "sh", std::string(verb), site.bench, site.name.str(), site.tenant.str(),
                   site.database.str(), caller.token, std::to_string(caller.patience.count())},
          .limit = (waits ? caller.patience : k_small_limit) + k_margin};
}

struct Run {
  Argv arguments;  // behind the program's name
  std::string input = {};
  std::chrono::seconds limit = k_small_limit;
  std::string mark = {};
  std::string_view verb = "run";  // of the gate
};

ShellCommand wrapped(const Caller& caller, const ShellCommand& inner, std::string mark, std::string_view verb) {
  auto command = gate(verb, caller);
  const auto limit = std::chrono::ceil<std::chrono::seconds>(inner.limit);
  command.argv.insert(command.argv.end(), {std::to_string(limit.count()), std::move(mark)});
  command.argv.insert(command.argv.end(), inner.argv.begin(), inner.argv.end());
  command.input = inner.input;
  command.environment = inner.environment;
  command.limit += limit;
  return command;
}

ShellCommand bench(const Caller& caller, const Run& run) {
  ShellCommand inner{.argv = {caller.site.program}, .input = run.input, .limit = run.limit};
  inner.argv.insert(inner.argv.end(), run.arguments.begin(), run.arguments.end());
  return wrapped(caller, inner, run.mark, run.verb);
}

ShellCommand on_site(const Caller& caller, Run run) {
  run.arguments.insert(run.arguments.begin(), {"--site", caller.site.name.str()});
  return bench(caller, run);
}

std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

ShellCommand list_claims(const std::string& bench) {
  return {.argv = {"sh", "-c", std::string(k_gate_script), "sh", "list", bench, "", "", "", "", "0"}, .limit = k_small_limit};
}

ShellCommand look(const Caller& caller) { return gate("look", caller); }
ShellCommand claim(const Caller& caller) { return gate("claim", caller); }
ShellCommand tidy(const Caller& caller) { return gate("tidy", caller); }
ShellCommand remove(const Caller& caller) { return gate("remove", caller); }
ShellCommand adopt(const Caller& caller, const HostName& standby) {
  auto command = gate("adopt", caller);
  command.limit += caller.patience;  // for the standby's lock too
  command.argv.push_back(standby.str());
  return command;
}

ShellCommand guarded(const Caller& caller, const ShellCommand& command) { return wrapped(caller, command, "", "run"); }

std::string temporary_administrator(const FrappeSite& site) { return site.database.str() + "_adm"; }

ShellCommand new_site(const Caller& caller, const NewSite& request) {
  Run run{.arguments = {"new-site", caller.site.name.str(), "--db-name", caller.site.database.str(), "--db-type", "mariadb",
                        "--db-root-username", temporary_administrator(caller.site)},
          .limit = k_new_site_limit,
          .mark = request.source_sql.empty() ? "made" : ""};
  if (!request.source_sql.empty()) run.arguments.insert(run.arguments.end(), {"--source-sql", request.source_sql});
  run.input = fmt::format("{0}\n{1}\n{1}\n", request.database_password.reveal(), request.administrator_password.reveal());
  return bench(caller, run);
}

ShellCommand set_administrator_password(const Caller& caller, const Secret& password) {
  return on_site(caller, {.arguments = {"set-admin-password"}, .input = password.reveal() + "\n", .mark = "made"});
}

ShellCommand get_installed_apps(const Caller& caller) {
  return on_site(caller, {.arguments = {"execute", "frappe.get_installed_apps"}, .verb = caller.token.empty() ? "ask" : "run"});
}

ShellCommand install_app(const Caller& caller, const std::string& app) {
  return on_site(caller, {.arguments = {"install-app", "--force", app}, .limit = k_new_site_limit});
}

ShellCommand set_config(const Caller& caller, const std::string& key, const std::string& literal) {
  return on_site(caller, {.arguments = {"set-config", "-p", key, literal}});
}

/// Its keyword arguments are eval'ed: they hold the configuration's values, checked there, and nothing of the tenant's.
ShellCommand set_region(const Caller& caller, const std::string& country, const std::string& time_zone) {
  std::vector<std::string> fields;
  if (!country.empty()) fields.push_back("'country': " + python_string(country));
  if (!time_zone.empty()) fields.push_back("'time_zone': " + python_string(time_zone));
  return on_site(caller, {.arguments = {"execute", "frappe.client.set_value", "--kwargs",
                                        fmt::format("{{'doctype': 'System Settings', 'name': 'System Settings', 'fieldname': {{{}}}}}",
                                                    fmt::join(fields, ", "))}});
}

ShellCommand add_user(const Caller& caller, const FirstUser& user) {
  return on_site(caller, {.arguments = {"add-user", user.email.str(), "--first-name=" + user.name, "--user-type=System User",
                                        "--add-role=System Manager"}});
}

ShellCommand set_password(const Caller& caller, const EmailAddress& user, const Secret& password) {
  return on_site(caller, {.arguments = {"set-password", user.str()}, .input = password.reveal() + "\n"});
}

ShellCommand enable_scheduler(const Caller& caller) { return on_site(caller, {.arguments = {"scheduler", "enable"}}); }

ShellCommand set_maintenance_mode(const Caller& caller, std::string_view state) {
  return on_site(caller, {.arguments = {"set-maintenance-mode", std::string(state)}});
}

ShellCommand set_scheduler(const Caller& caller, std::string_view action) {
  return on_site(caller, {.arguments = {"scheduler", std::string(action)}});
}

ShellCommand log_in(const FrappeSite& site, const std::string& web, const EmailAddress& user, const Secret& password) {
  return {.argv = {"curl", "--config", "-"},
          .input = fmt::format(
              "silent\nshow-error\nmax-time = 20\nnoproxy = \"*\"\nurl = \"{}/api/method/login\"\nheader = \"X-Frappe-Site-Name: {}\"\n"
              "data = \"usr={}&pwd={}\"\nwrite-out = \"\\n%{{http_code}}\"\n",
              web, site.name.str(), form_encoded(user.str()), form_encoded(password.reveal())),
          .limit = k_margin};
}

}  // namespace tenantctl::frappe
