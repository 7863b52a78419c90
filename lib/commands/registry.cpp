#include "commands/registry.hpp"

namespace tenantctl {

void add_commands(CLI::App& app, Command& chosen) {
  add_create(app, chosen);
  add_bulk_create(app, chosen);
  add_list(app, chosen);
  add_show(app, chosen);
  add_verify(app, chosen);
  add_verify_isolation(app, chosen);
  add_suspend(app, chosen);
  add_activate(app, chosen);
  add_cancel(app, chosen);
  add_delete(app, chosen);
  add_expire(app, chosen);
  add_ttl(app, chosen);
  add_backup(app, chosen);
  add_backups(app, chosen);
  add_restore(app, chosen);
  add_clone(app, chosen);
  add_move(app, chosen);
  add_export(app, chosen);
  add_rollback(app, chosen);
  add_resume(app, chosen);
  add_batches(app, chosen);
  add_pool(app, chosen);
  add_worker(app, chosen);
  add_migrate(app, chosen);
  add_operations(app, chosen);
  add_audit(app, chosen);
  add_config(app, chosen);
  add_key(app, chosen);
  add_domain(app, chosen);
  add_dns(app, chosen);
  add_certs(app, chosen);
  add_outbox(app, chosen);
  add_webhooks(app, chosen);
  add_mail(app, chosen);
  add_plans(app, chosen);
  add_plan(app, chosen);
  add_limits(app, chosen);
  add_usage(app, chosen);
  add_trials(app, chosen);
  add_payment_method(app, chosen);
  add_billing(app, chosen);
  add_servers(app, chosen);
  add_hosts(app, chosen);
  add_init(app, chosen);
  add_nginx(app, chosen);
  add_sandbox(app, chosen);
  add_doctor(app, chosen);
  add_completion(app, chosen);
#ifdef TENANTCTL_FAILPOINTS
  add_failpoints(app, chosen);
#endif
}

}  // namespace tenantctl
