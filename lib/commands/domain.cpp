// `domain add|remove|list|verify`: custom domains of a tenant. One is reserved first, and routed once it is proved or forced.
#include <fmt/format.h>

#include "commands/duration_options.hpp"
#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "core/tenant_states.hpp"
#include "views/domains.hpp"

namespace tenantctl {
namespace {

struct DomainArgs {
  std::string tenant;
  std::string host;
  std::string lock_wait;
  bool force_unverified = false;
  std::string at;  // of verify; empty: where the name resolves to
};

Result<HeldTenant> hold(const DomainArgs& args, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto found, control.tenants.find(args.tenant));
  return hold_tenant(found, args.lock_wait, control, services);
}

Result<void> check_may_add(const Tenant& tenant) { return check_in_use(tenant, ": it gets no custom domains"); }

/// A cancelled tenant may still lose one.
Result<void> check_may_remove(const Tenant& tenant) {
  if (tenant.status == TenantStatus::cancelled) return {};
  return check_in_use(tenant, ": its custom domains can't be changed");
}

Result<CustomDomain> find_domain(const Tenant& tenant, const HostName& host, ControlPlane& control) {
  auto found = control.domains.find(tenant.id, host);
  if (found || found.error().code != ErrorCode::domain_not_found) return found;
  return fail(
      make_error(ErrorCode::domain_not_found, fmt::format("tenant \"{}\" has no custom domain \"{}\"", tenant.slug.str(), host.str()))
          .with_hint(fmt::format("run \"tenantctl domain list {}\"", tenant.slug.str())));
}

AuditEntry audit_of(const std::string& action, const Tenant& tenant, const HostName& host, Services& services) {
  return audit_entry(services.actor(), action + ".succeeded", tenant, {{"domain", host.str()}});
}

/// As it is now that the operation has ended, whether or not the control database can be asked once more.
CustomDomain domain_now(CustomDomain before, const DomainPlan& plan, ControlPlane& control, Services& services) {
  if (auto now = control.domains.find(before.tenant, before.host)) return std::move(*now);
  if (plan.verb == DomainVerb::remove) before.routed_at.reset();
  else before.routed_at = services.clock().now();
  return before;
}

Result<DomainPlan> plan_change(DomainVerb verb, const Tenant& tenant, const HostName& host, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto made, plan_of_tenant(tenant, control));
  TRY_ASSIGN(auto* router, services.router(made.nginx_mode, made.nginx_host));
  auto file = router->file_for_domain(tenant.slug, host);
  return DomainPlan{.tenant = std::move(made), .verb = verb, .host = host, .file = std::move(file), .status = tenant.status};
}

Result<Report> run_change(const DomainPlan& plan, const Tenant& tenant, const CustomDomain& domain, ControlPlane& control,
                          Services& services) {
  TRY_ASSIGN(const auto run, prepare_domain(plan, services));
  TRY_ASSIGN(auto operation, new_operation(plan.tenant, services));
  operation.kind = kind_of(plan.verb);
  operation.pipeline_version = k_domain_pipeline_version;
  operation.parameters = to_parameters(plan);
  TRY_ASSIGN(const auto done, carry_out(*run, operation, tenant.status, control, services));
  const auto says = plan.verb == DomainVerb::add ? fmt::format("leads to \"{}\"", plan.tenant.front.str())
                                                 : fmt::format("is no longer a domain of \"{}\"", tenant.slug.str());
  DomainChange report{
      .slug = tenant.slug.str(), .domain = domain_now(domain, plan, control, services), .says = says, .operation = done.ticket.id.str()};
  for (const auto& step : done.steps) report.steps.push_back({step.step, step.duration_ms});
  return plan.verb == DomainVerb::add ? domain_report(report) : domain_removed_report(report);
}

/// The tenant's, newly reserved where it was nobody's.
Result<CustomDomain> reserve(const Tenant& tenant, const HostName& host, bool& newly, ControlPlane& control, Services& services) {
  auto found = control.domains.find(tenant.id, host);
  newly = !found && found.error().code == ErrorCode::domain_not_found;
  if (!newly) return found;
  CustomDomain domain{
      .host = host, .tenant = tenant.id, .token = domain_token(random_bytes<16>(services.entropy())), .created_at = services.clock().now()};
  TRY(control.domains.reserve(domain, audit_of("domain_reserve", tenant, host, services)));
  return domain;
}

Result<Report> add(const DomainArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto host, parse_custom_domain(args.host, settings->domain));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto held, hold(args, control, services));
  const auto& tenant = held.tenant;
  TRY(check_may_add(tenant));
  TRY_ASSIGN(auto plan, plan_change(DomainVerb::add, tenant, host, control, services));
  TRY_ASSIGN(const auto domain, reserve(tenant, host, plan.reserved_for_this, control, services));
  if (domain.routed_at)
    return domain_report({.slug = tenant.slug.str(), .domain = domain, .says = fmt::format("leads to \"{}\" already", tenant.domain)});
  if (!args.force_unverified) {
    return domain_report(
        {.slug = tenant.slug.str(), .domain = domain, .says = fmt::format("is reserved for \"{}\" and not routed yet", tenant.slug.str())});
  }
  return run_change(plan, tenant, domain, control, services);
}

Result<Report> remove(const DomainArgs& args, Services& services) {
  TRY_ASSIGN(const auto host, HostName::parse(args.host));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto held, hold(args, control, services));
  const auto& tenant = held.tenant;
  TRY_ASSIGN(const auto domain, find_domain(tenant, host, control));
  TRY(check_may_remove(tenant));
  if (domain.routed_at) {
    TRY_ASSIGN(const auto plan, plan_change(DomainVerb::remove, tenant, host, control, services));
    return run_change(plan, tenant, domain, control, services);
  }
  TRY(control.domains.forget(domain, audit_of("domain_forget", tenant, host, services)));
  return domain_removed_report(
      {.slug = tenant.slug.str(), .domain = domain, .says = fmt::format("is no longer reserved for \"{}\"", tenant.slug.str())});
}

/// Redirects are not followed: where they lead may be somebody else's.
Result<void> ask_for_proof(const CustomDomain& domain, const DomainArgs& args, const Tenant& tenant, Services& services) {
  const auto address = args.at.empty() ? "http://" + domain.host.str() : args.at;
  const auto url = fmt::format("http://{}{}", domain.host.str(), k_domain_proof_path);
  const auto answer = services.http().get(
      {.address = address, .host = domain.host, .path = std::string(k_domain_proof_path), .limit = std::chrono::seconds(10)});
  const auto unproved = [&](const std::string& why) {
    return fail(make_error(ErrorCode::check_failed, fmt::format("domain \"{}\" is not proved: {}", domain.host.str(), why))
                    .with_hint(fmt::format("serve \"{}\" at {}, or run \"tenantctl domain add {} {} --force-unverified\"", domain.token,
                                           url, tenant.slug.str(), domain.host.str())));
  };
  if (!answer) return unproved(full_message(answer.error()));
  if (answer->status != 200) return unproved(fmt::format("{} answers with {}", url, answer->status));
  if (!is_domain_proof(answer->body, domain.token)) return unproved(fmt::format("{} holds something else than the token", url));
  return {};
}

Result<Report> verify(const DomainArgs& args, Services& services) {
  TRY_ASSIGN(const auto host, HostName::parse(args.host));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto held, hold(args, control, services));
  const auto& tenant = held.tenant;
  TRY_ASSIGN(auto domain, find_domain(tenant, host, control));
  TRY(check_may_add(tenant));
  TRY(ask_for_proof(domain, args, tenant, services));
  if (!domain.routed_at) {
    TRY_ASSIGN(auto plan, plan_change(DomainVerb::add, tenant, host, control, services));
    plan.verified = true;
    return run_change(plan, tenant, domain, control, services);
  }
  TRY(control.domains.mark_verified(domain, audit_of("domain_verify", tenant, host, services)));
  if (!domain.verified_at) domain.verified_at = services.clock().now();
  return domain_report({.slug = tenant.slug.str(), .domain = domain, .says = "is proved"});
}

Result<Report> list(const DomainArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(const auto domains, control.domains.list(tenant.id));
  return domain_list_report(tenant.slug.str(), domains);
}

void add_host(CLI::App& sub, DomainArgs& args) {
  add_tenant(sub, args.tenant);
  sub.add_option("host", args.host, "the whole name, as in shop.acme-corp.example")->required()->type_name("HOST");
  add_lock_wait(sub, args.lock_wait);
}

}  // namespace

void add_domain(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("domain", "leads hosts of a tenant's own to it");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl domain add acme shop.acme-corp.example");

  auto [add_sub, add_args] =
      add_command<DomainArgs>(*group, "add", "reserves a domain and says how to prove it; it leads to the tenant once that is done",
                              "tenantctl domain add acme shop.acme-corp.example", chosen, add);
  add_host(*add_sub, *add_args);
  add_sub->add_flag("--force-unverified", add_args->force_unverified, "route it at once: you know whose it is");

  auto [verify_sub, verify_args] =
      add_command<DomainArgs>(*group, "verify", "looks for the proof on the domain, and routes it; status 7 where there is none",
                              "tenantctl domain verify acme shop.acme-corp.example", chosen, verify);
  add_host(*verify_sub, *verify_args);
  verify_sub->add_option("--at", verify_args->at, "ask there instead of where the name leads, as in http://192.0.2.7:80")->type_name("URL");

  auto [remove_sub, remove_args] = add_command<DomainArgs>(*group, "remove", "ends that a domain leads to a tenant",
                                                           "tenantctl domain remove acme shop.acme-corp.example", chosen, remove);
  add_host(*remove_sub, *remove_args);

  auto [list_sub, list_args] =
      add_command<DomainArgs>(*group, "list", "lists the custom domains of a tenant", "tenantctl domain list acme", chosen, list);
  add_tenant(*list_sub, list_args->tenant);
}

}  // namespace tenantctl
