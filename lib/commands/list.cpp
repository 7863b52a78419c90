// `list` and `show`: tenants as the control database has them.
#include "commands/certificates.hpp"
#include "commands/registry.hpp"
#include "views/tenants.hpp"

namespace tenantctl {
namespace {

struct ListArgs {
  std::string status;
  TenantFilter filter;
};

Result<Report> list(const ListArgs& args, Services& services) {
  auto filter = args.filter;
  if (!args.status.empty()) { TRY_ASSIGN(filter.status, parse_tenant_status(args.status)); }
  TRY_ASSIGN(const auto control, services.control());
  TRY_ASSIGN(auto page, control.tenants.list(filter));
  return tenant_list_report({.tenants = std::move(page.tenants), .total = page.total, .offset = filter.offset});
}

struct ShowArgs {
  std::string tenant;
};

Result<Report> show(const ShowArgs& args, Services& services) {
  TRY_ASSIGN(const auto control, services.control());
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(auto domains, control.tenants.domains(tenant.id));
  TRY_ASSIGN(auto configuration, control.tenants.configuration(tenant.id));
  TRY_ASSIGN(auto copies, control.old_copies.list(tenant.id));
  TRY_ASSIGN(const auto isolation, control.isolation.last(tenant.id));
  TRY_ASSIGN(auto certificates, shown_certificates(tenant.id, services));
  TRY_ASSIGN(auto bounced, control.outbox.bounce_of(tenant.admin_email));
  return tenant_report({.tenant = std::move(tenant),
                        .domains = std::move(domains),
                        .configuration = std::move(configuration),
                        .old_copies = std::move(copies),
                        .isolation = isolation,
                        .certificates = std::move(certificates),
                        .bounced = std::move(bounced)});
}

}  // namespace

void add_list(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<ListArgs>(app, "list", "lists tenants", "tenantctl list --status active --plan trial", chosen, list);
  sub->add_option("--status", args->status, "provisioning, active, suspended, cancelled, deleted or failed");
  sub->add_option("--plan", args->filter.plan, "only tenants of this plan");
  sub->add_option("--stack", args->filter.stack, "only tenants of this stack");
  sub->add_option("--server", args->filter.server, "only tenants on this database server");
  sub->add_option("--limit", args->filter.limit, "how many at the most")->check(CLI::Range(1, 10000))->capture_default_str();
  sub->add_option("--offset", args->filter.offset, "how many to pass over")->check(CLI::Range(0, 1000000000));
}

void add_show(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<ShowArgs>(app, "show", "shows one tenant", "tenantctl show acme", chosen, show);
  add_tenant(*sub, args->tenant);
}

}  // namespace tenantctl
