// `create`: the main job.
#include <fmt/format.h>

#include "commands/create.hpp"
#include "commands/duration_options.hpp"
#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/placement.hpp"
#include "commands/registry.hpp"
#include "commands/stacks.hpp"
#include "core/expiry.hpp"
#include "pipeline/preview.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

std::string_view to_string(Presence presence) {
  switch (presence) {
    case Presence::absent: return "absent";
    case Presence::partial: return "partial";
    case Presence::complete: return "complete";
    case Presence::foreign: return "in the way";
  }
  return "";
}

std::string url_of(const CreatePlan& plan, const std::string& probe) {
  const auto colon = probe.rfind(':');
  const auto port = colon == std::string::npos ? std::string() : probe.substr(colon);
  return fmt::format("http://{}{}", plan.front.str(), port == ":80" ? "" : port);
}

/// What a repeat with the same idempotency key must agree in. Ids, codes and passwords differ from try to try.
nlohmann::json fingerprint(const CreatePlan& plan) {
  auto settings = plan.settings;
  settings.erase("tenant_id");
  settings.erase("code");
  nlohmann::json same{{"slug", plan.slug.str()},
                      {"owner", plan.owner},
                      {"stack", plan.stack.str()},
                      {"settings", settings},
                      {"configuration", plan.configuration}};
  if (plan.ttl.count() > 0) same["ttl_ms"] = plan.ttl.count();  // keys that are older than this are still good
  return same;
}

Result<Report> dry_run(CreateRequest request, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  const auto existing = control.tenants.find(request.plan.slug.str());
  if (existing && existing->status != TenantStatus::deleted) {
    return fail(make_error(ErrorCode::tenant_exists, fmt::format("tenant \"{}\" exists already", request.plan.slug.str()))
                    .with_hint(fmt::format("run \"tenantctl show {}\"", request.plan.slug.str())));
  } else if (!existing && existing.error().code != ErrorCode::tenant_not_found) {
    return fail(existing.error());
  }
  DryRun report{.slug = request.plan.slug.str()};
  const auto until = expiry_of(request.plan, services.clock().now());
  report.steps.push_back({.step = "reserve",
                          .what = fmt::format("reserve the name \"{}\" in the control database{}", report.slug,
                                              until ? ", for a tenant that expires at " + to_rfc3339(*until) : ""),
                          .present = "absent"});
  const auto trial_days = request.plan.trial_days;
  TRY_ASSIGN(const auto run, prepare_create(std::move(request.plan), services));
  TRY_ASSIGN(const auto steps, preview(run->pipeline));
  for (const auto& step : steps) {
    report.steps.push_back({.step = step.id,
                            .what = step.what,
                            .present = std::string(to_string(step.presence)) + (step.detail.empty() ? "" : ": " + step.detail)});
  }
  report.steps.push_back({.step = "activate",
                          .what = trial_days > 0 ? fmt::format("mark it active, with a trial of {} days", trial_days) : "mark it active",
                          .present = "absent"});
  return dry_run_report(report);
}

/// Asked before anything is touched: a create that can only fail at its last step is not worth its first.
Result<void> check_nginx_answers(const CreatePlan& plan, Services& services) {
  const auto answer = services.http().get({.address = plan.probe_address, .host = plan.front, .path = "/"});
  if (answer || answer.error().code != ErrorCode::nginx_unreachable) return {};
  return fail(answer.error());
}

/// The same for names in the operator's zone. A tenant's that exists are in use, which is told in other words.
Result<void> check_names_are_free(const CreatePlan& plan, ControlPlane& control, Services& services) {
  if (!plan.dns) return {};
  TRY_ASSIGN(auto* zone, services.zone());
  TRY_ASSIGN(const auto taken, control.tenants.taken({plan.slug.str()}));
  if (!taken.empty()) return {};
  return zone->check_free(*plan.dns);
}

/// The row as it is reserved at `now`, which is where an ephemeral tenant's time begins.
Tenant tenant_of(const CreatePlan& plan, Instant now) {
  return Tenant{.id = plan.tenant(),
                .code = plan.code,
                .slug = plan.slug,
                .company_name = plan.company_name,
                .admin_email = plan.admin_email.str(),
                .owner = plan.owner,
                .stack = plan.stack.str(),
                .plan = plan.plan.str(),
                .server = plan.server.str(),
                .database = plan.database.database.str(),
                .schema = plan.database.schema ? plan.database.schema->str() : "",
                .domain = plan.front.str(),
                .status = TenantStatus::provisioning,
                .created_at = now,
                .expires_at = expiry_of(plan, now)};
}

Report report_of(const CreatePlan& plan, const OperationId& id, const Outcome& outcome, const IssuedPassword& issued, Tenant tenant,
                 const DnsSettings& dns) {
  CreateDetails details{.tenant = std::move(tenant),
                        .operation = id.str(),
                        .url = url_of(plan, plan.probe_address),
                        .credentials_file = plan.credentials_file.string(),
                        .login = plan.frappe ? plan.frappe->user.email.str() : plan.database.login.str()};
  for (const auto& step : outcome.steps) details.steps.push_back({step.step, step.duration_ms});
  if (issued.password) details.password = issued.password->reveal();
  if (dns.provider == DnsProvider::manual) {
    details.dns_records = records_for(plan.tenant(), plan.front, plan.back, dns);
    details.dns_ttl = dns.ttl;
  }
  return create_report(details);
}

Tenant live_tenant(Tenant tenant, const CreatePlan& plan, Instant now) {
  tenant.status = TenantStatus::active;
  tenant.activated_at = now;
  tenant.trial_ends_at = std::get<ActivateTenant>(activation(plan, now).on_success).trial_ends_at;
  return tenant;
}

/// The first outcome of a key that was used before; nothing where it is new.
Result<std::optional<Report>> repeat_of(const CreateRequest& request, const CreateArgs& args, ControlPlane& control,
                                        const DnsSettings& dns) {
  const auto& key = args.idempotency_key;
  if (key.empty()) return std::optional<Report>();
  TRY_ASSIGN(const auto found, control.operations.find_by_idempotency_key(key));
  if (!found) return std::optional<Report>();
  TRY_ASSIGN(const auto first, plan_of(*found));
  const bool elsewhere = !args.server.empty() && args.server != first.server.str();
  if (elsewhere || fingerprint(first) != fingerprint(request.plan)) {
    return fail(make_error(ErrorCode::idempotency_mismatch,
                           fmt::format("idempotency key \"{}\" was used for tenant \"{}\" with other parameters", key, first.slug.str()))
                    .with_hint("use another key")
                    .with_operation(found->id.str()));
  }
  if (found->state == OperationState::succeeded) {
    TRY_ASSIGN(auto tenant, control.tenants.find(first.slug.str()));
    auto report = report_of(first, found->id, {}, {}, std::move(tenant), dns);
    report.document["repeated"] = true;
    return std::optional<Report>(std::move(report));
  }
  if (found->state == OperationState::undone) {
    return fail(
        make_error(ErrorCode::operation_failed, found->error_message.empty() ? "the first try failed and was undone" : found->error_message)
            .with_hint("use another key to try again")
            .with_operation(found->id.str()));
  }
  return fail(make_error(ErrorCode::unfinished, fmt::format("operation {} with this key is unfinished", found->id.str()))
                  .with_hint(fmt::format("run \"tenantctl resume {}\"", found->id.str()))
                  .with_operation(found->id.str()));
}

Operation new_create(const OperationId& id, const CreateRequest& request, const CreateArgs& args, Services& services) {
  auto operation = operation_of(id, request.plan, services);
  operation.kind = "create";
  operation.pipeline_version = k_create_pipeline_version;
  operation.parameters = to_parameters(request.plan);
  operation.parameters["plan_terms"] = request.plan_terms;
  operation.idempotency_key = args.idempotency_key;
  return operation;
}

struct Pooled {
  PoolEntry entry;
  CreatePlan made_as;
};

/// Whether it is there to be taken, as far as can be asked before it is. Errors: a server or host that is out of reach.
Result<bool> is_there(const Pooled& pooled, Services& services) {
  if (pooled.made_as.frappe) {
    TRY_ASSIGN(auto* bench, bench_of(pooled.made_as, services));
    return bench->is_whole(pooled.made_as.frappe->site);
  }
  TRY_ASSIGN(auto* server, services.server(pooled.entry.server));
  TRY(server->server_info());
  return true;
}

/// One that is not there stays claimed, until a fill finds that nobody took it, and drops what is left of it.
Result<std::optional<Pooled>> claim_pooled_on(const std::string& server, const std::string& wanted, const CreateRequest& request,
                                              const OperationId& operation, ControlPlane& control, Services& services) {
  while (true) {
    TRY_ASSIGN(auto entry, control.pool.claim(request.stack->name.str(), server, wanted, operation));
    if (!entry) return std::optional<Pooled>();
    TRY_ASSIGN(const auto filled_by, control.operations.find(entry->filled_by));
    TRY_ASSIGN(auto made_as, plan_of(filled_by));
    Pooled pooled{.entry = std::move(*entry), .made_as = std::move(made_as)};
    auto there = is_there(pooled, services);
    if (!there) {
      TRY(control.pool.give_back(pooled.entry, operation));
      return fail(std::move(there).error());
    }
    if (*there) return std::optional(std::move(pooled));
    services.progress().note(fmt::format("the pool's \"{}\" is not there as it was made, and is left alone", filled_by.slug));
  }
}

/// A database or site that was made ahead of time, where the stack keeps some and one is left on a server that takes the tenant.
Result<std::optional<Pooled>> claim_pooled(const CreateRequest& request, const OperationId& operation, ControlPlane& control,
                                           Services& services) {
  if (request.stack->pool.size == 0 || !request.plan.from_backup.empty()) return std::optional<Pooled>();
  TRY_ASSIGN(const auto wanted, template_name(*request.stack, services));
  for (const auto& name : request.servers) {
    TRY_ASSIGN(auto pooled, claim_pooled_on(name, wanted, request, operation, control, services));
    if (pooled) return pooled;
  }
  return std::optional<Pooled>();
}

/// A repeat goes where the first try went, whether or not that server takes more now; and a name that is taken is told before that none
/// does.
Result<CreateRequest> read_new_or_repeated(const CreateArgs& args, Services& services) {
  auto request = read_create(args, services);
  if (request) return request;
  TRY_ASSIGN(auto control, services.control());
  if (!args.idempotency_key.empty()) {
    TRY_ASSIGN(const auto found, control.operations.find_by_idempotency_key(args.idempotency_key));
    if (!found) return request;
    TRY_ASSIGN(const auto first, plan_of(*found));
    auto again = args;
    again.placed = first.server.str();
    return read_create(again, services);
  }
  if (request.error().code != ErrorCode::limit_reached || args.slug.empty()) return request;
  TRY_ASSIGN(const auto taken, control.tenants.taken({args.slug}));
  if (taken.empty()) return request;
  return fail(make_error(ErrorCode::tenant_exists, fmt::format("tenant \"{}\" exists already, or its name is kept from use", args.slug))
                  .with_hint(fmt::format("run \"tenantctl show {}\"", args.slug)));
}

Result<Report> try_to_make(const CreateArgs& args, Services& services) {
  TRY_ASSIGN(auto request, read_new_or_repeated(args, services));
  if (args.dry_run) return dry_run(std::move(request), services);
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto repeated, repeat_of(request, args, control, settings->dns));
  if (repeated) return std::move(*repeated);
  TRY(check_nginx_answers(request.plan, services));
  TRY_ASSIGN(const auto lock, lock_tenant(request.plan.slug, args.lock_wait, control, services));
  // Whoever held the lock until now may have used the same key.
  TRY_ASSIGN(repeated, repeat_of(request, args, control, settings->dns));
  if (repeated) return std::move(*repeated);
  if (!args.is_of_batch) TRY(check_names_are_free(request.plan, control, services));

  TRY_ASSIGN(const auto id, new_operation_id(services));
  TRY_ASSIGN(const auto pooled, claim_pooled(request, id, control, services));
  if (pooled) {
    auto with_pooled = args;
    with_pooled.pooled = pooled->entry;
    with_pooled.made_as = pooled->made_as;
    TRY_ASSIGN(request, read_create(with_pooled, services));
  }
  TRY_ASSIGN(const auto run, prepare_create(request.plan, services));
  const auto reserved = tenant_of(run->plan, services.clock().now());
  const auto opened = control.operations.open_create(new_create(id, request, args, services), reserved, {run->plan.front, run->plan.back},
                                                     request.configuration, most_on_server(run->plan.server.str(), *settings));
  if (!opened) {
    if (pooled) (void)control.pool.give_back(pooled->entry, id);  // where that fails, it is drained later
    return fail(opened.error());
  }
  const auto& ticket = *opened;
  TRY(claim_effects(*run, ticket, control, services));
  auto engine = make_engine(control, services);
  const auto on_failure = args.keep_on_failure ? OnFailure::keep : OnFailure::undo;
  TRY_ASSIGN(const auto outcome, engine.run(ticket, run->pipeline, run->ends, on_failure));
  if (outcome.state != OperationState::succeeded) return fail(error_of(outcome, ticket));
  // It is live, whether or not the control database can be asked once more.
  auto tenant = control.tenants.find(run->plan.slug.str());
  return report_of(run->plan, ticket.id, outcome, run->issued,
                   tenant ? std::move(*tenant) : live_tenant(reserved, run->plan, services.clock().now()), settings->dns);
}

}  // namespace

Result<Report> make_tenant(const CreateArgs& args, Services& services) {
  constexpr int k_tries = 10;  // others may take the last place on a server just before us, and on the next one too
  for (int tries = 1;; ++tries) {
    auto report = try_to_make(args, services);
    if (report || report.error().code != ErrorCode::limit_reached || !report.error().retryable || tries == k_tries) return report;
  }
}

void add_inherited_options(CLI::App& sub, CreateArgs& args) {
  sub.add_option("--email", args.email, "the new one's administrator (else the same)")->type_name("ADDRESS");
  sub.add_option("--company", args.company, "the new one's company (else the same)")->type_name("NAME");
  sub.add_option("--plan", args.plan, "the new one's plan (else the same)");
  sub.add_flag("--print-credentials", args.print_credentials,
               "print the new one's database password once instead of writing it to credentials_dir");
}

void add_create(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<CreateArgs>(
      app, "create", "makes a tenant, live or not at all",
      "tenantctl create acme --company \"Acme Ltd\" --email admin@acme.test --plan starter --set currency=EUR", chosen, make_tenant);
  sub->add_option("slug", args->slug, "its name and DNS label: 3 to 63 of a-z, 0-9 and hyphens")->type_name("SLUG");
  sub->add_option("--username", args->username, "derive the name from a user's name: john_driver becomes john-driver")->type_name("NAME");
  sub->add_option("--email", args->email, "its administrator's address")->required()->type_name("ADDRESS");
  sub->add_option("--company", args->company, "its company's name (else the slug)")->type_name("NAME");
  sub->add_option("--owner", args->owner, "who it belongs to, in your own words")->type_name("NAME");
  sub->add_option("--plan", args->plan, "its subscription plan (else the configuration's default_plan)");
  sub->add_option("--stack", args->stack, "what it runs (else the configuration's default_stack)");
  sub->add_option("--server", args->server, "which of the stack's database servers it goes to (else the one with the most room)")
      ->type_name("SERVER");
  sub->add_option("--ttl", args->ttl, "how long it is wanted, as in 2h or 7d: \"expire\" deletes it then, without a backup (else it stays)")
      ->type_name("DURATION")
      ->check([](const std::string& text) {  // also an empty one, which would mean for good
        const auto ttl = parse_ttl(text);
        return ttl ? std::string() : ttl.error().message;
      });
  sub->add_option("--set", args->set, "a value of its configuration; may be repeated")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  sub->add_option("--idempotency-key", args->idempotency_key, "a repeat with the same key returns the first outcome")->type_name("KEY");
  add_lock_wait(*sub, args->lock_wait);
  sub->add_flag("--keep-on-failure", args->keep_on_failure, "leave a failed create as it is, to look at, resume or roll back");
  sub->add_flag("--print-credentials", args->print_credentials,
                "print the database password once instead of writing it to credentials_dir");
  sub->add_flag("--dry-run", args->dry_run, "probe and print the plan, and change nothing");
}

}  // namespace tenantctl
