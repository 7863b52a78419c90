// `export`: what a customer who leaves may take along, in forms that need no PostgreSQL to be read.
#include <fmt/format.h>

#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "views/backups.hpp"

namespace tenantctl {
namespace {

struct ExportArgs {
  std::string tenant;
  std::string to;
};

nlohmann::json manifest_of(const Tenant& tenant, const std::vector<ExportedTable>& tables, Instant now) {
  auto list = nlohmann::json::array();
  for (const auto& table : tables)
    list.push_back({{"schema", table.schema}, {"table", table.name}, {"file", table.file}, {"rows", table.rows}});
  return {{"format", 1},
          {"tenant", {{"code", tenant.code.str()}, {"slug", tenant.slug.str()}, {"company_name", tenant.company_name}}},
          {"exported_at", to_rfc3339(now)},
          {"tables", list}};
}

Result<CreatePlan> plan_of_exportable(const Tenant& tenant, ControlPlane& control) {
  TRY(check_has_data(tenant, "export"));
  TRY_ASSIGN(auto plan, plan_of_tenant(tenant, control));
  TRY(check_no_site(plan, "export"));
  return plan;
}

Result<Report> export_tenant(const ExportArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(const auto plan, plan_of_exportable(tenant, control));
  TRY_ASSIGN(const auto configuration, control.tenants.configuration(tenant.id));
  TRY_ASSIGN(const auto folder, services.export_folder(args.to));
  TRY_ASSIGN(const auto archiver, services.archiver(plan.server.str()));
  TRY_ASSIGN(const auto tables, archiver->write_out(plan.database, folder->path()));
  TRY(folder->add("configuration.json", nlohmann::json(configuration)));
  TRY(folder->add("manifest.json", manifest_of(tenant, tables, services.clock().now())));
  TRY_ASSIGN(const auto path, folder->keep());
  TRY(control.audit.append(
      audit_entry(services.actor(), "export.succeeded", tenant, {{"folder", path.string()}, {"tables", tables.size()}})));
  std::vector<ExportLine> lines;
  for (const auto& table : tables) lines.push_back({.file = table.file, .table = table.schema + "." + table.name, .rows = table.rows});
  return export_report(tenant.slug.str(), path.string(), lines);
}

}  // namespace

void add_export(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<ExportArgs>(app, "export", "writes a tenant's data as CSV, SQL and JSON files, for who leaves",
                                             "tenantctl export acme --to acme-data", chosen, export_tenant);
  add_tenant(*sub, args->tenant);
  sub->add_option("--to", args->to, "the folder to make; it must not be there")->required()->type_name("FOLDER");
}

}  // namespace tenantctl
