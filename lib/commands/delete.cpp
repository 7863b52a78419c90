// `delete`: a tenant's end. What is destroyed was backed up and restored once before, and what is left is looked for.
#include "commands/state_change.hpp"

namespace tenantctl {
namespace {

Result<Report> remove(const StateArgs& args, Services& services) { return change_state(TenantVerb::remove, args, services); }

}  // namespace

void add_delete(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<StateArgs>(app, "delete", "backs a tenant up, proves the backup, and removes the tenant, asking first",
                                            "tenantctl delete acme --reason \"the contract ended\"", chosen, remove);
  add_state_options(*sub, *args);
  sub->add_flag("--no-backup", args->no_backup, "without a backup: asks twice, or needs --yes");
}

}  // namespace tenantctl
