#include "commands/backup_header.hpp"

#include <array>

namespace tenantctl {
namespace {

/// The stack's files that the tenant was made from, as its create noted them; empty where it did not.
std::string stack_version(const Tenant& tenant, ControlPlane& control) {
  const auto create = control.operations.find_create(tenant.id);
  if (!create) return {};
  const auto events = control.journal.events(create->id);
  if (!events) return {};
  std::string version;
  for (const auto& event : *events) {
    if (event.step == "database" && event.mark == Mark::applied) version = event.evidence.value("template", "");
  }
  return version;
}

std::string kind_of(const Tenant& tenant, Services& services) {
  const auto settings = services.settings();
  if (!settings) return {};
  const auto stack = (*settings)->stacks.find(tenant.stack);
  if (stack != (*settings)->stacks.end() && stack->second.kind == StackKind::frappe) return "frappe";
  return tenant.schema.empty() ? "database" : "schema";
}

}  // namespace

BackupId new_backup_id(Services& services) {
  std::array<std::uint8_t, 4> bytes{};
  services.entropy().fill(bytes);
  return backup_id(services.clock().now(), bytes);
}

Result<Backup> backup_header(const Tenant& tenant, BackupId id, BackupReason reason, ControlPlane& control, Services& services) {
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
                .kind = kind_of(tenant, services),
                .server = tenant.server,
                .stack_version = stack_version(tenant, control),
                .plan = tenant.plan,
                .configuration = std::move(configuration)};
}

}  // namespace tenantctl
