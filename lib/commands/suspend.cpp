// `suspend`, `activate` and `cancel`: a tenant's doors closed or opened.
#include "commands/state_change.hpp"

namespace tenantctl {
namespace {

Result<Report> suspend(const StateArgs& args, Services& services) { return change_state(TenantVerb::suspend, args, services); }
Result<Report> activate(const StateArgs& args, Services& services) { return change_state(TenantVerb::activate, args, services); }
Result<Report> cancel(const StateArgs& args, Services& services) { return change_state(TenantVerb::cancel, args, services); }

void add_no_backup(CLI::App& sub, StateArgs& args) {
  sub.add_flag("--no-backup", args.no_backup, "at once, without the backup that it begins with otherwise");
}

}  // namespace

void add_suspend(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "suspend", "closes a tenant: 403 for its visitors, no logins, no open sessions",
                                            "tenantctl suspend acme --reason \"invoice 1042 is overdue\"", chosen, suspend);
  add_state_options(*sub, *args);
  add_no_backup(*sub, *args);
}

void add_activate(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "activate", "opens a suspended tenant again",
                                            "tenantctl activate acme --reason \"invoice 1042 is paid\"", chosen, activate);
  add_state_options(*sub, *args);
}

void add_cancel(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "cancel", "suspends a tenant for good, asking first; its data is kept",
                                            "tenantctl cancel acme --reason \"moved to another provider\"", chosen, cancel);
  add_state_options(*sub, *args);
  add_no_backup(*sub, *args);
}

}  // namespace tenantctl
