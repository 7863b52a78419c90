// `clone`: a full copy of a tenant as a new one, with roles, password, code and hosts of its own.
#include <fmt/format.h>

#include "commands/backup_header.hpp"
#include "commands/create.hpp"
#include "commands/find_backup.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "pipeline/backup.hpp"

namespace tenantctl {
namespace {

struct CloneArgs {
  std::string tenant;
  CreateArgs create;  // of the new one
};

Result<StoredBackup> back_up(const Tenant& tenant, const CreatePlan& plan, ControlPlane& control, BackupStore& store, Services& services) {
  TRY_ASSIGN(auto header, backup_header(tenant, new_backup_id(services), BackupReason::asked, control, services));
  TRY_ASSIGN(const auto archiver, services.archiver(plan.server.str()));
  return take_backup(
      std::move(header), [&](const std::filesystem::path& folder) { return archiver->dump(plan.database, folder); }, store);
}

Error not_cloned(const Tenant& tenant) {
  return make_error(ErrorCode::state_conflict,
                    fmt::format("tenant \"{}\" is not of kind \"database\": this version can't clone it", tenant.slug.str()))
      .with_hint(fmt::format("run \"tenantctl show {}\"", tenant.slug.str()));
}

Result<Report> clone(const CloneArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY(check_has_data(tenant, "clone"));
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  TRY(check_no_site(plan, "clone"));
  if (plan.database.schema) return fail(not_cloned(tenant));
  TRY_ASSIGN(auto* store, services.backups());
  TRY_ASSIGN(const auto configuration, control.tenants.configuration(tenant.id));
  auto create = args.create;
  inherit(create, {.company_name = tenant.company_name,
                   .admin_email = tenant.admin_email,
                   .owner = tenant.owner,
                   .stack = tenant.stack,
                   .plan = tenant.plan,
                   .configuration = configuration});
  TRY(read_create(create, services));  // before the time that a backup takes
  TRY_ASSIGN(const auto stored, back_up(tenant, plan, control, *store, services));
  create.from_backup = stored.folder;
  auto made = make_tenant(create, services);
  // An unfinished one, or one that somebody else has taken over, needs it to be resumed.
  if (!made && (made.error().code == ErrorCode::unfinished || made.error().code == ErrorCode::fenced)) return made;
  if (const auto removed = store->remove(stored); !removed)
    services.progress().note(fmt::format("its backup stays: {}", full_message(removed.error())));
  return made;
}

}  // namespace

void add_clone(CLI::App& app, Command& chosen) {
  auto [sub, args] =
      add_command<CloneArgs>(app, "clone", "copies a tenant with all its data as a new one, with its own roles, password, code and hosts",
                             "tenantctl clone acme acme-staging", chosen, clone);
  add_tenant(*sub, args->tenant);
  sub->add_option("slug", args->create.slug, "the new one's name")->required()->type_name("NEW");
  add_inherited_options(*sub, args->create);
}

}  // namespace tenantctl
