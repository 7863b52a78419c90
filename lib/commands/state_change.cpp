#include "commands/state_change.hpp"

#include <fmt/format.h>

#include "commands/backup_header.hpp"
#include "commands/duration_options.hpp"
#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/reason.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

/// Whether everything outside is as the tenant's state says. Where it is not, the command does its work again.
Result<bool> is_so_already(Pipeline& pipeline) {
  for (const auto& step : pipeline) {
    TRY_ASSIGN(const auto seen, step->probe());
    if (seen.presence != Presence::complete) return false;
  }
  return true;
}

/// A state that was reached is kept together with the reason that it was reached for.
std::string reason_for(const Transition& change, const StateArgs& args, const Tenant& tenant) {
  return change.done && args.reason.empty() ? tenant.status_reason : args.reason;
}

/// It has ended, whether or not the control database can be asked once more.
Tenant tenant_now(Tenant before, TenantStatus status, const std::string& reason, ControlPlane& control) {
  if (auto now = control.tenants.find(before.id.str())) return std::move(*now);
  before.status = status;
  before.status_reason = reason;
  return before;
}

/// Not where the operator or the tenant's plan says so, as it was when the tenant took it.
bool wants_backup(const Tenant& tenant, const StateArgs& args, Services& services) {
  if (args.no_backup) return false;
  auto control = services.control();
  const auto terms = control ? control->terms.of(tenant.id) : Result<Plan>(fail(control.error()));
  return !terms || terms->backup_first;
}

/// Nor where the data can't have changed since the last one.
bool begins_with_backup(const LifePlan& plan, const Tenant& tenant, const StateArgs& args, Services& services) {
  if (plan.verb == TenantVerb::activate || !wants_backup(tenant, args, services)) return false;
  return plan.verb == TenantVerb::remove || (plan.from == TenantStatus::active && !plan.tenant.frappe && !plan.backups_folder.empty());
}

Result<void> plan_backup(LifePlan& plan, const Tenant& tenant, const StateArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  plan.backups_folder = settings->backups.dir;
  plan.quarantine_days = settings->quarantine_days;
  if (!begins_with_backup(plan, tenant, args, services)) return {};
  constexpr auto k_without = "pass --no-backup to go on without";
  if (auto good = check_no_site(plan.tenant, "back up"); !good) {
    auto error = std::move(good).error();
    error.hint += fmt::format(", and {}", k_without);
    return fail(std::move(error));
  }
  if (plan.backups_folder.empty()) {
    return fail(make_error(ErrorCode::config_invalid, fmt::format("{} says nowhere where backups go", settings->file.string()))
                    .with_hint(fmt::format("add backups: {{ dir: /var/lib/tenantctl/backups }}, or {}", k_without)));
  }
  plan.backup = new_backup_id(services);
  return {};
}

/// Where moves have left something of the tenant.
Result<std::vector<std::string>> servers_with_copies(const Tenant& tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto copies, control.old_copies.list(tenant.id));
  std::vector<std::string> servers;
  for (const auto& copy : copies) {
    if (!settings->servers.contains(copy.server)) {
      return fail(make_error(ErrorCode::config_invalid, fmt::format("a move of \"{}\" has left {} on server \"{}\", which {} does not know",
                                                                    tenant.slug.str(), copy.database, copy.server, settings->file.string()))
                      .with_hint(fmt::format("add the server, or run \"tenantctl move {} --drop-old\" to forget it", tenant.slug.str())));
    }
    TRY_ASSIGN(auto* server, services.server(copy.server));
    TRY(server->server_info());  // once the deletion has begun to destroy, it could not go on without
    servers.push_back(copy.server);
  }
  return servers;
}

Result<void> confirm_change(TenantVerb verb, const Tenant& tenant, const StateArgs& args, Services& services) {
  if (verb == TenantVerb::cancel)
    return services.confirm(fmt::format("cancel tenant \"{}\" for good? It can't be activated again", tenant.slug.str()));
  if (verb != TenantVerb::remove) return {};
  TRY(services.confirm(
      fmt::format("delete tenant \"{}\" ({}): its database, logins, hosts and keys?", tenant.slug.str(), tenant.company_name)));
  return !wants_backup(tenant, args, services)
             ? services.confirm("without a backup of its own: nothing brings its data back. Delete it all the same?")
             : Result<void>();
}

/// What the deletion wrote down; nothing where the journal can't be asked.
nlohmann::json receipt_of(const OperationTicket& ticket, ControlPlane& control) {
  nlohmann::json receipt;
  const auto events = control.journal.events(ticket.id);
  for (const auto& event : events ? *events : std::vector<StepEvent>()) {
    if (event.step == "receipt" && event.mark == Mark::applied) receipt = event.evidence;
  }
  return receipt;
}

}  // namespace

Result<Report> change_state(TenantVerb verb, const StateArgs& args, Services& services) {
  TRY(check_reason(args.reason));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  if (args.only_if && !args.only_if(tenant)) return state_change_report({.tenant = std::move(tenant)});
  TRY_ASSIGN(auto change, transition(verb, tenant.status, tenant.slug));
  if (!change.done && !args.is_confirmed) TRY(confirm_change(verb, tenant, args, services));
  TRY_ASSIGN(auto held, hold_tenant(tenant, args.lock_wait, control, services));
  tenant = std::move(held.tenant);
  if (args.only_if && !args.only_if(tenant)) return state_change_report({.tenant = std::move(tenant)});
  TRY_ASSIGN(change, transition(verb, tenant.status, tenant.slug));
  if (change.done && verb == TenantVerb::remove) return state_change_report({.tenant = std::move(tenant)});

  TRY_ASSIGN(auto made, plan_of_tenant(tenant, control));
  LifePlan plan{.tenant = std::move(made), .verb = verb, .from = tenant.status, .reason = reason_for(change, args, tenant)};
  TRY(plan_backup(plan, tenant, args, services));
  if (verb == TenantVerb::remove) {
    TRY_ASSIGN(const auto domains, control.domains.list(tenant.id));
    for (const auto& domain : domains) plan.domains.push_back(domain.host.str());
    TRY_ASSIGN(const auto certificates, control.certificates.list(tenant.id));
    for (const auto& certificate : certificates) plan.certificates.push_back(certificate.order);
    TRY_ASSIGN(plan.old_servers, servers_with_copies(tenant, control, services));
  }
  TRY_ASSIGN(const auto run, prepare_life(plan, services));
  // Once the deletion has begun to destroy, it could not go on without.
  if (run->zone != nullptr) TRY(run->zone->check());
  if (change.done) {
    TRY_ASSIGN(const bool already, is_so_already(run->pipeline));
    if (already) return state_change_report({.tenant = std::move(tenant)});
  }
  TRY_ASSIGN(auto operation, new_operation(plan.tenant, services));
  operation.kind = to_string(plan.verb);
  operation.pipeline_version = k_life_pipeline_version;
  operation.parameters = to_parameters(plan);
  TRY_ASSIGN(const auto done, carry_out(*run, operation, tenant.status, control, services));
  StateChange report{.tenant = tenant_now(std::move(tenant), change.to, plan.reason, control), .operation = done.ticket.id.str()};
  for (const auto& step : done.steps) report.steps.push_back({step.step, step.duration_ms});
  if (plan.backup) report.backup = plan.backup->str();
  if (verb == TenantVerb::remove) {
    report.receipt = receipt_of(done.ticket, control);
    TRY_ASSIGN(const auto* settings, services.settings());
    if (settings->dns.provider == DnsProvider::manual)
      services.progress().note(
          fmt::format("take its records out of your zone: run \"tenantctl dns records {}\"", report.tenant.slug.str()));
  }
  return state_change_report(report);
}

void add_state_options(CLI::App& sub, StateArgs& args) {
  add_tenant(sub, args.tenant);
  sub.add_option("--reason", args.reason, "why, for the audit log and for whoever asks later")->type_name("TEXT");
  add_lock_wait(sub, args.lock_wait);
}

}  // namespace tenantctl
