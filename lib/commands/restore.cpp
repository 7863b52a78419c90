// `restore`: a backup in the place of a tenant's data, or as a new tenant. What was there before is kept until it is told to go.
#include <fmt/format.h>

#include "commands/create.hpp"
#include "commands/find_backup.hpp"
#include "commands/give_configuration.hpp"
#include "commands/lock_wait.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "pipeline/restore_plan.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

struct RestoreArgs {
  std::string tenant;
  std::string from;
  bool drop_old = false;
  CreateArgs create;  // with --as-new: of the new tenant
};

Result<void> check_tenant(const Tenant& tenant, const CreatePlan& plan) {
  if (auto good = check_has_data(tenant, "put a backup in the place of"); !good) return fail(std::move(good).error().with_hint("pass --as-new NEW to make a new tenant of the backup"));
  if (!plan.frappe && !plan.database.schema) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is not of kind \"database\": this version can't restore into it", tenant.slug.str()))
                  .with_hint(fmt::format("run \"tenantctl backups verify {}\" to see that its backups are good", tenant.slug.str())));
}

Result<void> check_same(const Backup& backup, const Tenant& tenant) {
  if (backup.tenant == tenant.id) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("backup {} is of tenant \"{}\" (code {}), and not of \"{}\"", backup.id.str(), backup.slug.str(), backup.code.str(), tenant.slug.str()))
                  .with_hint("pass --as-new NEW to make a new tenant of it"));
}

Result<RestorePlan> plan_restore(CreatePlan made, const Tenant& tenant, const StoredBackup& stored, bool drop_old, const OperationId& operation) {
  TRY_ASSIGN(auto fresh, fresh_name(made.database.database, operation.str()));
  TRY_ASSIGN(auto aside, aside_name(made.database.database, operation.str()));
  return RestorePlan{.tenant = std::move(made), .from = tenant.status, .backup = stored.folder, .fresh = std::move(fresh), .aside = std::move(aside), .drop_old = drop_old};
}

/// The names have few digits, and an earlier restore may have the same.
Result<void> check_free(const RestorePlan& plan, Services& services) {
  TRY_ASSIGN(auto* server, services.server(plan.tenant.server.str()));
  for (const auto& name : {plan.fresh, plan.aside}) {
    TRY_ASSIGN(const auto seen, server->observe_database(plan.named(name)));
    if (seen.presence != Presence::absent) return fail(make_error(ErrorCode::foreign_object, fmt::format("database \"{}\" exists already", name.str())).with_hint("try again: another name will be taken").may_retry());
  }
  return {};
}

/// The archive may hold an older configuration than what is recorded.
void bring_configuration_up(const CreatePlan& plan, const Tenant& tenant, ControlPlane& control, Services& services) {
  const auto state = control.configurations.read(tenant.id);
  const auto given = state ? give_configuration(plan, *state, control, services) : Result<void>(fail(state.error()));
  if (!given) services.progress().note(fmt::format("its configuration is the backup's: {}; run \"tenantctl config push {}\"", full_message(given.error()), tenant.slug.str()));
}

Result<Report> put_in_place(const RestoreArgs& args, Tenant tenant, const StoredBackup& stored, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto made, plan_of_tenant(tenant, control));
  TRY(check_tenant(tenant, made));
  TRY(check_same(stored.backup, tenant));
  TRY(services.confirm(fmt::format("put backup {} in the place of what tenant \"{}\" has now?", stored.backup.id.str(), tenant.slug.str())));
  TRY_ASSIGN(const auto lock, lock_tenant(tenant.slug, args.create.lock_wait, control, services));
  TRY_ASSIGN(tenant, control.tenants.find(tenant.id.str()));
  TRY_ASSIGN(auto id, new_operation_id(services));
  TRY_ASSIGN(const auto plan, plan_restore(std::move(made), tenant, stored, args.drop_old, id));
  TRY(check_free(plan, services));
  TRY_ASSIGN(const auto run, prepare_restore(plan, services));
  const Operation operation{.id = std::move(id),
                            .tenant = tenant.id,
                            .slug = tenant.slug.str(),
                            .kind = "restore",
                            .pipeline_version = k_restore_pipeline_version,
                            .parameters = to_parameters(plan),
                            .actor = services.actor()};
  TRY_ASSIGN(const auto done, carry_out(*run, operation, tenant.status, control, services));
  bring_configuration_up(plan.tenant, tenant, control, services);
  Restored report{.tenant = std::move(tenant), .operation = done.ticket.id.str(), .backup = stored.backup.id.str(), .kept = args.drop_old ? "" : plan.aside.str()};
  for (const auto& step : done.steps) report.steps.push_back({step.step, step.duration_ms});
  return restored_report(report);
}

Result<Report> make_new(const RestoreArgs& args, const StoredBackup& stored, Services& services) {
  const auto& backup = stored.backup;
  TRY(check_restorable(backup));
  auto create = args.create;
  inherit(create, {.company_name = backup.company_name, .admin_email = backup.admin_email, .owner = backup.owner, .stack = backup.stack, .plan = backup.plan, .configuration = backup.configuration});
  create.from_backup = stored.folder;
  return make_tenant(create, services);
}

/// Databases that earlier restores put aside.
/// What an unfinished operation would go back to must stay.
Result<void> check_nothing_unfinished(const Tenant& tenant, ControlPlane& control) {
  TRY_ASSIGN(const auto unfinished, control.operations.list({.slug = tenant.slug.str(), .only_unfinished = true}));
  for (const auto& operation : unfinished) {
    if (operation.tenant != tenant.id) continue;
    return fail(make_error(ErrorCode::state_conflict, fmt::format("operation {} (\"{}\") on tenant \"{}\" is unfinished", operation.id.str(), operation.kind, tenant.slug.str()))
                    .with_hint(fmt::format("run \"tenantctl resume {0}\" or \"tenantctl rollback {0}\" first", operation.id.str())));
  }
  return {};
}

Result<Report> drop_kept(const RestoreArgs& args, Tenant tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  TRY(check_tenant(tenant, plan));
  TRY_ASSIGN(const auto lock, lock_tenant(tenant.slug, args.create.lock_wait, control, services));
  TRY_ASSIGN(tenant, control.tenants.find(tenant.id.str()));
  TRY(check_tenant(tenant, plan));
  TRY(check_nothing_unfinished(tenant, control));
  TRY_ASSIGN(auto* server, services.server(plan.server.str()));
  TRY_ASSIGN(const auto inventory, server->inventory());
  std::vector<std::string> kept;
  for (const auto& thing : inventory.things) {
    if (thing.kind == ThingKind::database && thing.tenant == tenant.id && is_aside_of(plan.database.database, thing.name)) kept.push_back(thing.name);
  }
  if (!kept.empty()) TRY(services.confirm(fmt::format("drop what \"{}\" had before it was restored: {}?", tenant.slug.str(), fmt::join(kept, ", "))));
  for (const auto& name : kept) {
    auto names = plan.database;
    TRY_ASSIGN(names.database, DatabaseName::parse(name));
    TRY(server->drop_database(names));
    TRY(control.audit.append(audit_entry(services.actor(), "restore_drop_old.succeeded", tenant, {{"database", name}})));
  }
  return dropped_report(tenant.slug.str(), kept);
}

Result<Report> restore(const RestoreArgs& args, Services& services) {
  const bool as_new = !args.create.slug.empty();
  if (args.from.empty() && (as_new || !args.drop_old)) return fail(make_error(ErrorCode::usage, "it is not said which backup").with_hint("pass --from BACKUP, or --from newest"));
  TRY_ASSIGN(auto control, services.control());
  auto tenant = control.tenants.find(args.tenant);
  if (!tenant && !(as_new && tenant.error().code == ErrorCode::tenant_not_found)) return fail(std::move(tenant).error());
  if (args.from.empty()) return drop_kept(args, std::move(*tenant), control, services);
  TRY_ASSIGN(auto* store, services.backups());
  // A backup that is named by its folder or id needs no tenant any more.
  TRY_ASSIGN(const auto unknown, TenantId::parse("00000000-0000-0000-0000-000000000000"));
  TRY_ASSIGN(const auto stored, find_backup(args.from, tenant ? tenant->id : unknown, *store));
  return as_new ? make_new(args, stored, services) : put_in_place(args, std::move(*tenant), stored, control, services);
}

}  // namespace

void add_restore(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<RestoreArgs>(app, "restore", "puts a backup in the place of a tenant's data, asking first, or makes a new tenant of it",
                                              "tenantctl restore acme --from newest\n  tenantctl restore acme --from newest --as-new acme-before", chosen, restore);
  add_tenant(*sub, args->tenant);
  sub->add_option("--from", args->from, "the backup's id or folder, or \"newest\" of the tenant")->type_name("BACKUP");
  sub->add_flag("--drop-old", args->drop_old, "what was there before goes too; alone: what earlier restores have kept");
  sub->add_option("--as-new", args->create.slug, "make a new tenant of that name of it; the old one is not touched")->type_name("NEW");
  add_inherited_options(*sub, args->create);
  add_lock_wait(*sub, args->create.lock_wait);
}

}  // namespace tenantctl
