#include "commands/operation_run.hpp"

#include <fmt/format.h>

#include "commands/backup_header.hpp"
#include "commands/stacks.hpp"
#include "pipeline/backup.hpp"
#include "pipeline/create_site_pipeline.hpp"
#include "pipeline/domain_pipeline.hpp"
#include "pipeline/life_pipeline.hpp"
#include "pipeline/move_pipeline.hpp"
#include "pipeline/restore_pipeline.hpp"

namespace tenantctl {
namespace {

/// True where any step had an effect that had to be undone. An unreachable server then is a failed operation, not a status 9:
/// "nothing was changed" would be true again, but not the whole truth.
bool did_something(const Outcome& outcome) {
  return std::ranges::any_of(outcome.steps, [](const StepTiming& step) { return step.direction == Direction::backward; });
}

/// Of the run's plan; nothing where that has no records. Another provider would find nothing of them, and call that success.
Result<DnsZone*> zone_of(OperationRun& run, Services& services) {
  if (!run.plan.dns) return run.zone;
  TRY_ASSIGN(const auto* settings, services.settings());
  if (settings->dns.provider != run.plan.dns->provider) {
    return fail(make_error(ErrorCode::config_invalid,
                           fmt::format("the records of \"{}\" were made by dns.provider \"{}\", and {} has \"{}\"", run.plan.slug.str(),
                                       to_string(run.plan.dns->provider), settings->file.string(), to_string(settings->dns.provider)))
                    .with_hint("put dns: back as it was when the records were made"));
  }
  TRY_ASSIGN(run.zone, services.zone());
  return run.zone;
}

/// For what is to be got or given up; nothing where that is nothing.
Result<CertificatePorts> certificate_ports(const std::vector<CertificateOrder>& orders, Services& services) {
  if (orders.empty()) return CertificatePorts{};
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto* issuer, services.issuer());
  for (const auto& order : orders) {
    if (order.place.host == settings->nginx.host) continue;
    return fail(make_error(ErrorCode::config_invalid,
                           fmt::format("the certificate of \"{}\" lies on host \"{}\", and {} has nginx on \"{}\"", order.name().str(),
                                       order.place.host, settings->file.string(), settings->nginx.host))
                    .with_hint("put nginx.host back as it was"));
  }
  TRY_ASSIGN(auto control, services.control());
  return CertificatePorts{.store = &control.certificates, .issuer = issuer};
}

Result<CertificatePorts> certificate_ports(const CreatePlan& plan, Services& services) {
  return certificate_ports(plan.certificate ? std::vector{*plan.certificate} : std::vector<CertificateOrder>(), services);
}

/// The ports refer to `run`.
Result<SitePorts> site_ports(OperationRun& run, Services& services) {
  TRY_ASSIGN(auto* bench, bench_of(run.plan, services));
  TRY_ASSIGN(auto* router, services.router(run.plan.nginx_mode, run.plan.nginx_host));
  TRY_ASSIGN(auto* zone, zone_of(run, services));
  TRY_ASSIGN(const auto certificates, certificate_ports(run.plan, services));
  return SitePorts{.bench = *bench,
                   .router = *router,
                   .credentials = services.credentials(),
                   .http = services.http(),
                   .entropy = services.entropy(),
                   .issued = run.issued,
                   .zone = zone,
                   .certificates = certificates,
                   .interrupted = [&services] { return services.interrupted(); }};
}

/// One that this version can continue.
bool is_of(const Operation& operation, std::string_view kind, int version) {
  return operation.kind == kind && operation.pipeline_version == version;
}
bool is_create(const Operation& operation) { return is_of(operation, "create", k_create_pipeline_version); }
bool is_fill(const Operation& operation) { return is_of(operation, k_fill_kind, k_fill_pipeline_version); }
bool is_restore(const Operation& operation) { return is_of(operation, "restore", k_restore_pipeline_version); }
bool is_plan_change(const Operation& operation) { return is_of(operation, k_plan_change_kind, k_plan_change_version); }
bool is_move(const Operation& operation) { return is_of(operation, k_move_kind, k_move_pipeline_version); }

/// Nothing where it is of another kind.
std::optional<DomainVerb> domain_verb_of(const Operation& operation) {
  for (const auto verb : {DomainVerb::add, DomainVerb::remove}) {
    if (is_of(operation, kind_of(verb), k_domain_pipeline_version)) return verb;
  }
  return std::nullopt;
}

/// Its checksums have been compared.
Result<StoredBackup> checked_backup(const std::filesystem::path& folder, Services& services) {
  TRY_ASSIGN(auto* store, services.backups());
  TRY_ASSIGN(auto stored, store->open(folder));
  TRY(store->check(stored));
  return stored;
}

/// Of that server, with the run's life.
Result<Archiver*> add_archiver(OperationRun& run, const std::string& server, Services& services) {
  TRY_ASSIGN(auto archiver, services.archiver(server));
  run.archivers.push_back(std::move(archiver));
  return run.archivers.back().get();
}

/// What is said of a tenant beside its archive, at the moment of the backup.
BackupHeader header_of(const TenantId& tenant, BackupId backup, BackupReason reason, Services& services) {
  return [tenant, backup = std::move(backup), reason, &services]() -> Result<Backup> {
    TRY_ASSIGN(auto control, services.control());
    TRY_ASSIGN(const auto found, control.tenants.find(tenant.str()));
    return backup_header(found, backup, reason, control, services);
  };
}

/// The ports refer to `run`.
Result<CreatePorts> create_ports(OperationRun& run, Services& services) {
  TRY_ASSIGN(auto* server, services.server(run.plan.server.str()));
  TRY_ASSIGN(auto* router, services.router(run.plan.nginx_mode, run.plan.nginx_host));
  Archiver* archiver = nullptr;
  if (!run.plan.from_backup.empty()) { TRY_ASSIGN(archiver, add_archiver(run, run.plan.server.str(), services)); }
  TRY_ASSIGN(auto* zone, zone_of(run, services));
  TRY_ASSIGN(const auto certificates, certificate_ports(run.plan, services));
  return CreatePorts{.server = *server,
                     .router = *router,
                     .credentials = services.credentials(),
                     .http = services.http(),
                     .shell = [&services, host = run.plan.after_create.host] { return services.shell(host); },
                     .entropy = services.entropy(),
                     .issued = run.issued,
                     .template_source = [&services, stack_name = run.plan.stack.str()]() -> Result<TemplateSource> {
                       TRY_ASSIGN(const auto* settings, services.settings());
                       TRY_ASSIGN(const auto* stack, find_stack(*settings, stack_name));
                       return read_template_source(*stack, services);
                     },
                     .fill = [&services, archiver, folder = run.plan.from_backup](const TenantDatabase& names) -> Result<std::string> {
                       TRY_ASSIGN(const auto stored, checked_backup(folder, services));
                       TRY(restore_and_compare(stored, names, *archiver));
                       return stored.backup.id.str();
                     },
                     .zone = zone,
                     .certificates = certificates,
                     .interrupted = [&services] { return services.interrupted(); }};
}

BackupReason reason_of(TenantVerb verb) {
  if (verb == TenantVerb::remove) return BackupReason::remove;
  return verb == TenantVerb::cancel ? BackupReason::cancel : BackupReason::suspend;
}

Result<LifePlan> life_plan_of(const Operation& operation) {
  for (const auto verb : {TenantVerb::suspend, TenantVerb::activate, TenantVerb::cancel, TenantVerb::remove}) {
    if (is_of(operation, to_string(verb), k_life_pipeline_version)) return life_plan_from(verb, operation.parameters);
  }
  return fail(
      make_error(ErrorCode::state_conflict, fmt::format("operation {} is a \"{}\" of version {}, which this tenantctl can't continue",
                                                        operation.id.str(), operation.kind, operation.pipeline_version))
          .with_hint("use the tenantctl that began it"));
}

Result<void> check_bench_host(const CreatePlan& plan, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  const auto stack = settings->stacks.find(plan.stack.str());
  const auto* frappe = stack == settings->stacks.end() || !stack->second.frappe ? nullptr : &*stack->second.frappe;
  if (frappe == nullptr || frappe->host == plan.server.str()) return {};
  return fail(
      make_error(ErrorCode::state_conflict, fmt::format("site \"{}\" is on host \"{}\", and stack \"{}\" is on \"{}\" by now",
                                                        plan.frappe->site.name.str(), plan.server.str(), plan.stack.str(), frappe->host))
          .with_hint(
              fmt::format("put host: {} back under stack \"{}\" in {}", plan.server.str(), plan.stack.str(), settings->file.string())));
}

}  // namespace

Result<FrappeBench*> bench_of(const CreatePlan& plan, Services& services) {
  TRY(check_bench_host(plan, services));
  return services.bench(plan.stack.str());
}

Result<std::unique_ptr<SiteDoors>> site_doors_of(const CreatePlan& plan, Services& services) {
  TRY(check_bench_host(plan, services));
  return services.site_doors(plan.stack.str());
}

Result<std::unique_ptr<OperationRun>> prepare_create(CreatePlan plan, Services& services) {
  auto ends = activation(plan, services.clock().now());
  auto run = std::make_unique<OperationRun>(OperationRun{.plan = std::move(plan), .ends = std::move(ends), .says = "the tenant is live"});
  if (run->plan.frappe) {
    TRY_ASSIGN(const auto ports, site_ports(*run, services));
    run->pipeline = create_site_pipeline(run->plan, ports);
    return run;
  }
  TRY_ASSIGN(const auto ports, create_ports(*run, services));
  run->pipeline = create_pipeline(run->plan, ports);
  return run;
}

Result<std::unique_ptr<OperationRun>> prepare_fill(CreatePlan plan, Services& services) {
  TenantEnds ends{.on_success = MarkPoolEntryReady{plan.pool_template}, .on_undone = RemovePoolEntry{}, .on_stuck = KeepTenant{}};
  auto run =
      std::make_unique<OperationRun>(OperationRun{.plan = std::move(plan), .ends = std::move(ends), .says = "the pool has one more"});
  if (run->plan.frappe) {
    TRY_ASSIGN(const auto ports, site_ports(*run, services));
    run->pipeline = fill_site_pipeline(run->plan, ports);
    return run;
  }
  TRY_ASSIGN(const auto ports, create_ports(*run, services));
  run->pipeline = fill_pipeline(run->plan, ports);
  return run;
}

Result<void> claim_effects(OperationRun& run, const OperationTicket& ticket, ControlPlane& control, Services& services) {
  const auto& plan = run.plan;
  // A thread's adapters outlive its operations: what is looked at between two is no longer the first one's.
  const auto still_ours = [&journal = control.journal, ticket, is_on = std::weak_ptr(run.is_on)] {
    return is_on.expired() ? Result<void>() : journal.check(ticket);
  };
  const Claim claim{.ticket = ticket, .still_ours = still_ours};
  TRY_ASSIGN(auto* router, services.router(plan.nginx_mode, plan.nginx_host));
  if (plan.frappe) {
    TRY_ASSIGN(auto* bench, bench_of(plan, services));
    bench->begin(claim);
  } else {
    TRY_ASSIGN(auto* server, services.server(plan.server.str()));
    server->begin(claim);
  }
  router->begin(claim);
  if (run.zone != nullptr) run.zone->begin(claim);
  services.credentials().begin(claim);
  for (const auto& archiver : run.archivers) archiver->begin(claim);
  for (auto* server : run.more_servers) server->begin(claim);
  return {};
}

Result<std::unique_ptr<OperationRun>> prepare_life(const LifePlan& plan, Services& services) {
  TRY_ASSIGN(auto ends, ends_of(plan));
  TRY_ASSIGN(auto* router, services.router(plan.tenant.nginx_mode, plan.tenant.nginx_host));
  auto says = plan.verb == TenantVerb::remove
                  ? std::string("the tenant is deleted")
                  : fmt::format("the tenant is {}", to_string(std::get<SetTenantStatus>(ends.on_success).status));
  auto run = std::make_unique<OperationRun>(OperationRun{.plan = plan.tenant, .ends = std::move(ends), .says = std::move(says)});
  LifePorts ports{.router = *router, .credentials = &services.credentials(), .clock = &services.clock(), .actor = services.actor()};
  if (plan.verb == TenantVerb::remove) { TRY_ASSIGN(ports.zone, zone_of(*run, services)); }
  TRY_ASSIGN(ports.certificates, certificate_ports(plan.certificates, services));
  if (!plan.backups_folder.empty()) { TRY_ASSIGN(ports.backups, services.backups(plan.backups_folder)); }
  if (plan.tenant.frappe) {
    TRY_ASSIGN(ports.bench, bench_of(plan.tenant, services));
  } else {
    TRY_ASSIGN(ports.server, services.server(plan.tenant.server.str()));
    TRY_ASSIGN(ports.archiver, add_archiver(*run, plan.tenant.server.str(), services));
  }
  for (const auto& name : plan.old_servers) {
    TRY_ASSIGN(auto* server, services.server(name));
    ports.old_servers.push_back({name, server});
    run->more_servers.push_back(server);
  }
  if (plan.backup) ports.header = header_of(plan.tenant.tenant(), *plan.backup, reason_of(plan.verb), services);
  run->pipeline = life_pipeline(plan, ports);
  return run;
}

Result<std::unique_ptr<OperationRun>> prepare_restore(const RestorePlan& plan, Services& services) {
  auto run = std::make_unique<OperationRun>(
      OperationRun{.plan = plan.tenant,
                   .ends = {.on_success = ForgetMigrations{}, .on_undone = KeepTenant{}, .on_stuck = ForgetMigrations{}},
                   .says = "the tenant has what the backup held"});
  TRY_ASSIGN(auto* server, services.server(plan.tenant.server.str()));
  TRY_ASSIGN(auto* archiver, add_archiver(*run, plan.tenant.server.str(), services));
  run->pipeline = restore_pipeline(plan, {.server = *server, .archiver = *archiver, .backup = [folder = plan.backup, &services] {
                                            return checked_backup(folder, services);
                                          }});
  return run;
}

Result<std::unique_ptr<OperationRun>> prepare_move(const MovePlan& plan, Services& services) {
  const auto says = fmt::format("the tenant is on server \"{}\"", plan.to.str());
  auto run = std::make_unique<OperationRun>(OperationRun{.plan = plan.tenant, .ends = ends_of(plan), .says = says});
  const auto& from = plan.tenant.server.str();
  TRY_ASSIGN(auto* source, services.server(from));
  TRY_ASSIGN(auto* target, services.server(plan.to.str()));
  TRY_ASSIGN(auto* source_archiver, add_archiver(*run, from, services));
  TRY_ASSIGN(auto* target_archiver, add_archiver(*run, plan.to.str(), services));
  TRY_ASSIGN(auto* router, services.router(plan.tenant.nginx_mode, plan.tenant.nginx_host));
  TRY_ASSIGN(auto* backups, services.backups(plan.backups_folder));
  run->more_servers.push_back(target);
  run->pipeline = move_pipeline(plan, {.source = *source,
                                       .target = *target,
                                       .source_archiver = *source_archiver,
                                       .target_archiver = *target_archiver,
                                       .router = *router,
                                       .credentials = services.credentials(),
                                       .entropy = services.entropy(),
                                       .issued = run->issued,
                                       .backups = *backups,
                                       .header = header_of(plan.tenant.tenant(), plan.backup, BackupReason::move, services)});
  return run;
}

Result<std::unique_ptr<OperationRun>> prepare_domain(const DomainPlan& plan, Services& services) {
  TRY_ASSIGN(auto* router, services.router(plan.tenant.nginx_mode, plan.tenant.nginx_host));
  const auto says =
      fmt::format("\"{}\" {}", plan.host.str(), plan.verb == DomainVerb::add ? "leads to the tenant" : "is no longer the tenant's");
  return std::make_unique<OperationRun>(OperationRun{.plan = plan.tenant,
                                                     .ends = ends_of(plan),
                                                     .says = says,
                                                     .pipeline = domain_pipeline(plan, {.router = *router, .http = services.http()})});
}

Result<std::unique_ptr<OperationRun>> prepare_plan_change(const PlanChange& change, Services& services) {
  auto run = std::make_unique<OperationRun>(OperationRun{
      .plan = change.tenant, .ends = ends_of(change), .says = fmt::format("the tenant has plan \"{}\"", change.to.name.str())});
  DatabaseServer* server = nullptr;
  if (!change.tenant.frappe) { TRY_ASSIGN(server, services.server(change.tenant.server.str())); }
  run->pipeline = plan_change_pipeline(change, server);
  return run;
}

Result<std::unique_ptr<OperationRun>> prepare(const Operation& operation, Services& services) {
  if (is_create(operation)) {
    TRY_ASSIGN(auto plan, create_plan_from(operation.parameters));
    return prepare_create(std::move(plan), services);
  }
  if (is_fill(operation)) {
    TRY_ASSIGN(auto plan, create_plan_from(operation.parameters));
    return prepare_fill(std::move(plan), services);
  }
  if (is_restore(operation)) {
    TRY_ASSIGN(const auto plan, restore_plan_from(operation.parameters));
    return prepare_restore(plan, services);
  }
  if (is_move(operation)) {
    TRY_ASSIGN(const auto plan, move_plan_from(operation.parameters));
    return prepare_move(plan, services);
  }
  if (is_plan_change(operation)) {
    TRY_ASSIGN(const auto change, plan_change_from(operation.parameters));
    return prepare_plan_change(change, services);
  }
  if (const auto verb = domain_verb_of(operation)) {
    TRY_ASSIGN(const auto plan, domain_plan_from(*verb, operation.parameters));
    return prepare_domain(plan, services);
  }
  TRY_ASSIGN(const auto plan, life_plan_of(operation));
  return prepare_life(plan, services);
}

Result<CreatePlan> plan_of(const Operation& operation) {
  if (is_create(operation) || is_fill(operation)) return create_plan_from(operation.parameters);
  if (is_restore(operation)) {
    TRY_ASSIGN(auto plan, restore_plan_from(operation.parameters));
    return std::move(plan.tenant);
  }
  if (is_move(operation)) {
    TRY_ASSIGN(auto plan, move_plan_from(operation.parameters));
    return std::move(plan.tenant);
  }
  if (is_plan_change(operation)) {
    TRY_ASSIGN(auto change, plan_change_from(operation.parameters));
    return std::move(change.tenant);
  }
  if (const auto verb = domain_verb_of(operation)) {
    TRY_ASSIGN(auto plan, domain_plan_from(*verb, operation.parameters));
    return std::move(plan.tenant);
  }
  TRY_ASSIGN(auto plan, life_plan_of(operation));
  return std::move(plan.tenant);
}

Result<CreatePlan> plan_of_tenant(const Tenant& tenant, ControlPlane& control) {
  if (!tenant.moving_to.empty()) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is on its way from server \"{}\" to \"{}\"",
                                                                  tenant.slug.str(), tenant.server, tenant.moving_to))
                    .with_hint(fmt::format("run \"tenantctl resume {}\" to go on with its move", tenant.slug.str())));
  }
  TRY_ASSIGN(const auto made_by, control.operations.find_create(tenant.id));
  TRY_ASSIGN(auto plan, plan_of(made_by));
  TRY_ASSIGN(plan.server, ConfigName::parse(tenant.server));
  TRY_ASSIGN(const auto terms, control.terms.of(tenant.id));
  plan.plan = terms.name;
  if (!terms.limits.empty()) plan.limits = role_limits(terms);
  if (const auto row = plan.settings.find("plan"); row != plan.settings.end()) row->second = terms.name.str();
  return plan;
}

Result<void> check_has_data(const Tenant& tenant, std::string_view what) {
  if (tenant.status == TenantStatus::active || tenant.status == TenantStatus::suspended || tenant.status == TenantStatus::cancelled)
    return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is {}: there is nothing whole to {}", tenant.slug.str(),
                                                                to_string(tenant.status), what))
                  .with_hint(fmt::format("run \"tenantctl show {}\"", tenant.slug.str())));
}

Result<void> check_no_site(const CreatePlan& plan, std::string_view what) {
  if (!plan.frappe) return {};
  return fail(make_error(ErrorCode::state_conflict,
                         fmt::format("tenant \"{}\" is a Frappe site, which this version can't {}", plan.slug.str(), what))
                  .with_hint(fmt::format("run \"bench --site {} backup --with-files\" on its host", plan.frappe->site.name.str())));
}

Result<Done> carry_out(OperationRun& run, const Operation& operation, TenantStatus seen, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto ticket, control.operations.open(operation, seen));
  return carry_on(run, std::move(ticket), control, services);
}

Result<Done> carry_on(OperationRun& run, OperationTicket ticket, ControlPlane& control, Services& services) {
  TRY(claim_effects(run, ticket, control, services));
  auto engine = make_engine(control, services);
  TRY_ASSIGN(auto outcome, engine.run(ticket, run.pipeline, run.ends, OnFailure::undo));
  if (outcome.state != OperationState::succeeded) return fail(error_of(outcome, ticket));
  return Done{.ticket = std::move(ticket), .steps = std::move(outcome.steps)};
}

Result<OperationId> new_operation_id(Services& services) {
  return OperationId::parse(uuid_from_random(random_bytes<16>(services.entropy())));
}

Result<Operation> new_operation(const CreatePlan& plan, Services& services) {
  TRY_ASSIGN(auto id, new_operation_id(services));
  return operation_of(std::move(id), plan, services);
}

Operation operation_of(OperationId id, const CreatePlan& plan, Services& services) {
  return {.id = std::move(id), .tenant = plan.tenant(), .slug = plan.slug.str(), .kind = {}, .actor = services.actor()};
}

Error error_of(const Outcome& outcome, const OperationTicket& ticket) {
  auto cause = outcome.cause.value_or(make_error(ErrorCode::operation_failed, "the operation failed"));
  if (outcome.state == OperationState::stuck) {
    return make_error(ErrorCode::rollback_incomplete,
                      fmt::format("{}; then this could not be undone:\n{}", full_message(cause), fmt::join(outcome.leftovers, "\n")))
        .with_hint(fmt::format("mend that, then run \"tenantctl rollback {}\"", ticket.id.str()))
        .with_operation(ticket.id.str());
  }
  if (is_unreachable(cause.code) && did_something(outcome)) {
    cause.code = ErrorCode::operation_failed;
    cause.retryable = true;
  }
  if (cause.hint.empty())
    cause.hint = fmt::format("everything was undone; run \"tenantctl operations show {}\" to see each step", ticket.id.str());
  return std::move(cause).with_operation(ticket.id.str());
}

Engine make_engine(ControlPlane& control, Services& services) {
  return Engine(control.journal, services.progress(), [&services] { return services.interrupted(); });
}

}  // namespace tenantctl
