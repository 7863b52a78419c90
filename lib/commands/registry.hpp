// Every command, registered by hand: statics in a static library that register themselves are dropped by the linker.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

#include "commands/services.hpp"
#include "views/report.hpp"

namespace tenantctl {

using Command = std::function<Result<Report>(Services&)>;

/// Adds all commands to `app`. Parsing sets `chosen` to the one on the command line, with its arguments.
void add_commands(CLI::App& app, Command& chosen);

/// A subcommand whose callback chooses `body`, given the arguments that its options were bound to.
///
///   auto* sub = add_command<ShowArgs>(app, "show", "shows a tenant", chosen, show);   // show(const ShowArgs&, Services&)
template <class Args>
std::pair<CLI::App*, std::shared_ptr<Args>> add_command(CLI::App& app, const char* name, const char* description, const char* example,
                                                        Command& chosen, Result<Report> (*body)(const Args&, Services&)) {
  auto args = std::make_shared<Args>();
  auto* sub = app.add_subcommand(name, description);
  sub->footer(std::string("Example:\n  ") + example);
  sub->fallthrough();
  sub->callback([args, &chosen, body] { chosen = [args, body](Services& services) { return body(*args, services); }; });
  return {sub, args};
}

/// The positional that most commands begin with.
inline CLI::Option* add_tenant(CLI::App& command, std::string& tenant) {
  return command.add_option("tenant", tenant, "its slug, code or id")->required()->type_name("TENANT");
}

// One file per command or family, in the order of `--help`.
void add_create(CLI::App& app, Command& chosen);
void add_bulk_create(CLI::App& app, Command& chosen);
void add_list(CLI::App& app, Command& chosen);
void add_show(CLI::App& app, Command& chosen);
void add_verify(CLI::App& app, Command& chosen);
void add_verify_isolation(CLI::App& app, Command& chosen);
void add_suspend(CLI::App& app, Command& chosen);
void add_activate(CLI::App& app, Command& chosen);
void add_cancel(CLI::App& app, Command& chosen);
void add_delete(CLI::App& app, Command& chosen);
void add_expire(CLI::App& app, Command& chosen);
void add_ttl(CLI::App& app, Command& chosen);
void add_backup(CLI::App& app, Command& chosen);
void add_backups(CLI::App& app, Command& chosen);
void add_restore(CLI::App& app, Command& chosen);
void add_clone(CLI::App& app, Command& chosen);
void add_move(CLI::App& app, Command& chosen);
void add_export(CLI::App& app, Command& chosen);
void add_rollback(CLI::App& app, Command& chosen);
void add_resume(CLI::App& app, Command& chosen);
void add_batches(CLI::App& app, Command& chosen);
void add_pool(CLI::App& app, Command& chosen);
void add_worker(CLI::App& app, Command& chosen);
void add_migrate(CLI::App& app, Command& chosen);
void add_operations(CLI::App& app, Command& chosen);
void add_audit(CLI::App& app, Command& chosen);
void add_config(CLI::App& app, Command& chosen);
void add_key(CLI::App& app, Command& chosen);
void add_domain(CLI::App& app, Command& chosen);
void add_dns(CLI::App& app, Command& chosen);
void add_certs(CLI::App& app, Command& chosen);
void add_outbox(CLI::App& app, Command& chosen);
void add_webhooks(CLI::App& app, Command& chosen);
void add_mail(CLI::App& app, Command& chosen);
void add_plans(CLI::App& app, Command& chosen);
void add_plan(CLI::App& app, Command& chosen);
void add_limits(CLI::App& app, Command& chosen);
void add_usage(CLI::App& app, Command& chosen);
void add_trials(CLI::App& app, Command& chosen);
void add_payment_method(CLI::App& app, Command& chosen);
void add_billing(CLI::App& app, Command& chosen);
void add_servers(CLI::App& app, Command& chosen);
void add_hosts(CLI::App& app, Command& chosen);
void add_init(CLI::App& app, Command& chosen);
void add_nginx(CLI::App& app, Command& chosen);
void add_sandbox(CLI::App& app, Command& chosen);
void add_doctor(CLI::App& app, Command& chosen);
void add_completion(CLI::App& app, Command& chosen);
#ifdef TENANTCTL_FAILPOINTS
void add_failpoints(CLI::App& app, Command& chosen);
#endif

}  // namespace tenantctl
