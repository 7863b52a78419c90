#include "commands/backup_header.hpp"

#include "commands/operation_run.hpp"

namespace tenantctl {
namespace {

/// The stack's files that the tenant was made from, as its create noted them; empty where it did not.
std::string stack_version(const Operation& create, ControlPlane& control) {
  const auto events = control.journal.events(create.id);
  if (!events) return {};
  std::string version;
  for (const auto& event : *events) {
    if ((event.step == "database" || event.step == "pooled") && event.mark == Mark::applied) version = event.evidence.value("template", "");
  }
  return version;
}

std::string kind_of(const CreatePlan& plan) {
  if (plan.frappe) return "frappe";
  return plan.database.schema ? "schema" : "database";
}

}  // namespace

BackupId new_backup_id(Services& services) { return backup_id(services.clock().now(), random_bytes<4>(services.entropy())); }

Result<Backup> backup_header(const Tenant& tenant, BackupId id, BackupReason reason, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto create, control.operations.find_create(tenant.id));
  TRY_ASSIGN(const auto plan, plan_of(create));
  TRY_ASSIGN(auto configuration, control.tenants.configuration(tenant.id));
  return Backup{.id = std::move(id),
                .reason = reason,
                .made_at = services.clock().now(),
                .tenant = tenant.id,
                .code = tenant.code,
                .slug = tenant.slug,
                .company_name = tenant.company_name,
                .admin_email = tenant.admin_email,
                .owner = tenant.owner,
                .stack = tenant.stack,
                .kind = kind_of(plan),
                .server = tenant.server,
                .stack_version = stack_version(create, control),
                .plan = tenant.plan,
                .configuration = std::move(configuration)};
}

}  // namespace tenantctl
