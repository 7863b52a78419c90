// `restore`: a backup in the place of a tenant's data, or as a new tenant. What was there before is kept until it is told to go.
#include <fmt/format.h>

#include "commands/create.hpp"
#include "commands/drop_old.hpp"
#include "commands/duration_options.hpp"
#include "commands/find_backup.hpp"
#include "commands/give_configuration.hpp"
#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "pipeline/restore_leftovers.hpp"
#include "pipeline/restore_plan.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

struct RestoreArgs {
  std::string tenant;
  std::string from;
  bool drop_old = false;
  bool all = false;       // with drop_old alone
  DropOldArgs kept = {};  // with all
  CreateArgs create;      // with --as-new: of the new tenant
};

Result<void> check_tenant(const Tenant& tenant, const CreatePlan& plan) {
  if (auto good = check_has_data(tenant, "put a backup in the place of"); !good)
    return fail(std::move(good).error().with_hint("pass --as-new NEW to make a new tenant of the backup"));
  TRY(check_no_site(plan, "restore"));
  if (!plan.database.schema) return {};
  return fail(make_error(ErrorCode::state_conflict,
                         fmt::format("tenant \"{}\" is not of kind \"database\": this version can't restore into it", tenant.slug.str()))
                  .with_hint(fmt::format("run \"tenantctl backups verify {}\" to see that its backups are good", tenant.slug.str())));
}

Result<void> check_same(const Backup& backup, const Tenant& tenant) {
  if (backup.tenant == tenant.id) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("backup {} is of tenant \"{}\" (code {}), and not of \"{}\"",
                                                                backup.id.str(), backup.slug.str(), backup.code.str(), tenant.slug.str()))
                  .with_hint("pass --as-new NEW to make a new tenant of it"));
}

Result<RestorePlan> plan_restore(CreatePlan made, const Tenant& tenant, const StoredBackup& stored, bool drop_old,
                                 const OperationId& operation) {
  TRY_ASSIGN(auto fresh, fresh_name(made.database.database, operation.str()));
  TRY_ASSIGN(auto aside, aside_name(made.database.database, operation.str()));
  return RestorePlan{.tenant = std::move(made),
                     .from = tenant.status,
                     .backup = stored.folder,
                     .fresh = std::move(fresh),
                     .aside = std::move(aside),
                     .drop_old = drop_old};
}

Result<void> check_free(const RestorePlan& plan, Services& services) {
  TRY_ASSIGN(auto* server, services.server(plan.tenant.server.str()));
  for (const auto& name : {plan.fresh, plan.aside}) TRY(check_is_free(plan.named(name), *server));
  return {};
}

/// The archive may name a plan that the tenant had then.
Result<void> write_plan(const CreatePlan& plan, const Tenant& tenant, Services& services) {
  TRY_ASSIGN(auto* server, services.server(plan.server.str()));
  return server->write_settings(plan.database, {{"plan", tenant.plan}}, MadeOf::archive);
}

/// The archive may hold an older configuration than what is recorded.
void bring_configuration_up(const CreatePlan& plan, const Tenant& tenant, ControlPlane& control, Services& services) {
  if (const auto written = write_plan(plan, tenant, services); !written)
    services.progress().note(fmt::format("its settings name the backup's plan: {}; run \"tenantctl plan set {} {}\"",
                                         full_message(written.error()), tenant.slug.str(), tenant.plan));
  const auto state = control.configurations.read(tenant.id);
  const auto given = state ? give_configuration(plan, *state, control, services) : Result<void>(fail(state.error()));
  if (!given)
    services.progress().note(fmt::format("its configuration is the backup's: {}; run \"tenantctl config push {}\"",
                                         full_message(given.error()), tenant.slug.str()));
}

Result<Report> put_in_place(const RestoreArgs& args, Tenant tenant, const StoredBackup& stored, ControlPlane& control, Services& services) {
  TRY(check_same(stored.backup, tenant));
  TRY(services.confirm(
      fmt::format("put backup {} in the place of what tenant \"{}\" has now?", stored.backup.id.str(), tenant.slug.str())));
  TRY_ASSIGN(auto held, hold_tenant(tenant, args.create.lock_wait, control, services));
  tenant = std::move(held.tenant);
  TRY_ASSIGN(auto made, plan_of_tenant(tenant, control));
  TRY(check_tenant(tenant, made));
  TRY_ASSIGN(auto operation, new_operation(made, services));
  TRY_ASSIGN(const auto plan, plan_restore(std::move(made), tenant, stored, args.drop_old, operation.id));
  TRY(check_free(plan, services));
  TRY_ASSIGN(const auto run, prepare_restore(plan, services));
  operation.kind = "restore";
  operation.pipeline_version = k_restore_pipeline_version;
  operation.parameters = to_parameters(plan);
  TRY_ASSIGN(const auto done, carry_out(*run, operation, tenant.status, control, services));
  bring_configuration_up(plan.tenant, tenant, control, services);
  Restored report{.tenant = std::move(tenant),
                  .operation = done.ticket.id.str(),
                  .backup = stored.backup.id.str(),
                  .kept = args.drop_old ? "" : plan.aside.str()};
  for (const auto& step : done.steps) report.steps.push_back({step.step, step.duration_ms});
  return restored_report(report);
}

Result<Report> make_new(const RestoreArgs& args, const StoredBackup& stored, Services& services) {
  const auto& backup = stored.backup;
  TRY(check_restorable(backup));
  auto create = args.create;
  inherit(create, {.company_name = backup.company_name,
                   .admin_email = backup.admin_email,
                   .owner = backup.owner,
                   .stack = backup.stack,
                   .plan = backup.plan,
                   .configuration = backup.configuration});
  create.from_backup = stored.folder;
  return make_tenant(create, services);
}

DropOldArgs drop_args(const RestoreArgs& args) {
  auto kept = args.kept;
  kept.lock_wait = args.create.lock_wait;
  return kept;
}

Result<Report> restore(const RestoreArgs& args, Services& services) {
  const bool as_new = !args.create.slug.empty();
  if (args.all) {
    if (!args.tenant.empty() || !args.from.empty() || as_new || !args.drop_old)
      return fail(make_error(ErrorCode::usage, "--all is for --drop-old alone")
                      .with_hint("run \"tenantctl restore --drop-old --all --keep-days 30\""));
    return drop_old_of_all(drop_args(args), services);
  }
  if (args.tenant.empty()) return fail(make_error(ErrorCode::usage, "no tenant was named").with_hint("run \"tenantctl restore --help\""));
  if (args.from.empty() && (as_new || !args.drop_old))
    return fail(make_error(ErrorCode::usage, "it is not said which backup").with_hint("pass --from BACKUP, or --from newest"));
  TRY_ASSIGN(auto control, services.control());
  auto tenant = control.tenants.find(args.tenant);
  if (!tenant && !(as_new && tenant.error().code == ErrorCode::tenant_not_found)) return fail(std::move(tenant).error());
  if (!as_new) {
    TRY_ASSIGN(const auto plan, plan_of_tenant(*tenant, control));
    TRY(check_tenant(*tenant, plan));
  }
  if (args.from.empty()) return drop_old(*tenant, drop_args(args), control, services);
  TRY_ASSIGN(auto* store, services.backups());
  // A backup that is named by its folder or id needs no tenant any more.
  TRY_ASSIGN(const auto unknown, TenantId::parse("00000000-0000-0000-0000-000000000000"));
  TRY_ASSIGN(const auto stored, find_backup(args.from, tenant ? tenant->id : unknown, *store));
  return as_new ? make_new(args, stored, services) : put_in_place(args, std::move(*tenant), stored, control, services);
}

}  // namespace

void add_restore(CLI::App& app, Command& chosen) {
  auto [sub, args] =
      add_command<RestoreArgs>(app, "restore", "puts a backup in the place of a tenant's data, asking first, or makes a new tenant of it",
                               "tenantctl restore acme --from newest\n  tenantctl restore acme --from newest --as-new acme-before\n  "
                               "tenantctl restore --drop-old --all --keep-days 30",
                               chosen, restore);
  sub->add_option("tenant", args->tenant, "its slug, code or id")->type_name("TENANT");
  sub->add_option("--from", args->from, "the backup's id or folder, or \"newest\" of the tenant")->type_name("BACKUP");
  sub->add_flag("--drop-old", args->drop_old, "what was there before goes too; alone: what earlier restores have kept");
  auto* all = sub->add_flag("--all", args->all, "with --drop-old: what restores of all tenants have kept, once it is old enough");
  add_keep_days(*sub, args->kept, all);
  sub->add_option("--as-new", args->create.slug, "make a new tenant of that name of it; the old one is not touched")->type_name("NEW");
  add_inherited_options(*sub, args->create);
  add_lock_wait(*sub, args->create.lock_wait);
}

}  // namespace tenantctl
