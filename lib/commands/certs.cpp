// `certs list|request|retry|renew`: who is served by https, and how far that is.
#include <fmt/format.h>

#include <algorithm>

#include "commands/certificates.hpp"
#include "commands/held_tenant.hpp"
#include "commands/registry.hpp"
#include "core/tenant_states.hpp"

namespace tenantctl {
namespace {

struct CertsArgs {
  std::string tenant;
  bool all = false;
  bool pending = false;
  bool force = false;
};

/// The tenant that is meant; nothing where all are.
Result<std::optional<Tenant>> tenant_meant(const CertsArgs& args, ControlPlane& control) {
  if (args.tenant.empty()) return std::optional<Tenant>();
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  return std::optional(std::move(tenant));
}

std::optional<TenantId> id_of(const std::optional<Tenant>& tenant) { return tenant ? std::optional(tenant->id) : std::nullopt; }

Result<Report> list_certificates(const CertsArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, tenant_meant(args, control));
  TRY_ASSIGN(auto shown, shown_certificates(id_of(tenant), services));
  if (args.pending) std::erase_if(shown, [](const ShownCertificate& one) { return !one.certificate.pending(); });
  return certificates_report(shown);
}

Result<void> check_has_some(const std::optional<Tenant>& tenant, ControlPlane& control) {
  if (!tenant) return {};
  TRY_ASSIGN(const auto known, control.certificates.list(tenant->id));
  if (!known.empty()) return {};
  return fail(make_error(ErrorCode::certificate_not_found, fmt::format("no certificate was asked for tenant \"{}\"", tenant->slug.str()))
                  .with_hint(fmt::format("run \"tenantctl certs request {}\"", tenant->slug.str())));
}

/// Of a tenant that was named, and of which nothing was tried. Errors: limit_reached, where the authority's budget is used up;
/// state_conflict, where it gets none any more.
Result<void> check_nothing_was_to_do(const Tenant& tenant, bool force, Services& services) {
  const auto& slug = tenant.slug.str();
  if (!is_in_use(tenant.status))
    return fail(ErrorCode::state_conflict,
                fmt::format("tenant \"{}\" is {}, and gets no certificates any more", slug, to_string(tenant.status)));
  TRY_ASSIGN(const auto shown, shown_certificates(tenant.id, services));
  const auto waiting = std::ranges::find_if(shown, [](const ShownCertificate& one) { return one.certificate.pending(); });
  if (waiting != shown.end())
    return fail(make_error(ErrorCode::limit_reached, fmt::format("\"{}\" waits for the authority's budget: {}",
                                                                 waiting->certificate.order.name().str(), certificate_text(*waiting)))
                    .with_hint("compare tls.weekly with what the authority allows"));
  if (force) return fail(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is about to be deleted", slug));
  return {};
}

/// What is due, and what `make_due` has made so.
Result<Report> get_due(const CertsArgs& args, const std::function<Result<void>(const std::optional<TenantId>&, ControlPlane&)>& make_due,
                       Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, tenant_meant(args, control));
  TRY(services.issuer());
  TRY(check_has_some(tenant, control));
  TRY(make_due(id_of(tenant), control));
  TRY_ASSIGN(const auto done, get_certificates({.tenant = id_of(tenant)}, services));
  if (auto stopped = services.interrupted()) return fail(std::move(*stopped));
  if (tenant && done.got.empty() && done.failed.empty() && !done.is_busy) TRY(check_nothing_was_to_do(*tenant, args.force, services));
  return certificates_done_report(done);
}

Result<Report> retry_certificates(const CertsArgs& args, Services& services) {
  return get_due(
      args, [](const std::optional<TenantId>& tenant, ControlPlane& control) { return control.certificates.make_due(tenant, false); },
      services);
}

Result<Report> renew_certificates(const CertsArgs& args, Services& services) {
  if (args.force && args.tenant.empty())
    return fail(make_error(ErrorCode::usage, "--force renews one tenant's certificate").with_hint("name the tenant"));
  return get_due(
      args,
      [&](const std::optional<TenantId>& tenant, ControlPlane& control) {
        return args.force ? control.certificates.make_due(tenant, true) : Result<void>();
      },
      services);
}

Result<std::vector<Tenant>> tenants_to_serve(const CertsArgs& args, ControlPlane& control) {
  if (args.all == !args.tenant.empty())
    return fail(make_error(ErrorCode::usage, args.all ? "a tenant and --all were given together" : "no tenant was named")
                    .with_hint("pass one of the two: TENANT, or --all for every active one"));
  if (args.all) {
    TRY_ASSIGN(auto page, control.tenants.list({.status = TenantStatus::active, .limit = 1'000'000}));
    return std::move(page.tenants);
  }
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  if (is_in_use(tenant.status)) return std::vector{std::move(tenant)};
  return fail(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is {}", tenant.slug.str(), to_string(tenant.status)));
}

/// While nobody deletes it.
Result<void> request_for(const Tenant& found, const Settings& settings, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto held, hold_tenant(found, "", control, services));
  const auto& tenant = held.tenant;
  TRY_ASSIGN(const auto front, HostName::parse(tenant.domain));
  TRY_ASSIGN(const auto back, HostName::parse("api." + tenant.domain));
  return control.certificates.request(certificate_order(tenant.id, tenant.slug, front, back, settings));
}

/// Of tenants that were made before there was https. They are got at the command's end, or later.
Result<Report> request_certificates(const CertsArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY(services.issuer());
  TRY_ASSIGN(const auto tenants, tenants_to_serve(args, control));
  std::size_t requested = 0;
  for (const auto& tenant : tenants) {
    const auto asked = request_for(tenant, *settings, control, services);
    if (asked) ++requested;
    else if (!args.all || is_unreachable(asked.error().code)) return fail(asked.error());
    else services.progress().note(fmt::format("\"{}\" is left out: {}", tenant.slug.str(), full_message(asked.error())));
  }
  return Report{.text = fmt::format("{} asked for; \"tenantctl certs list\" shows how far they are\n", requested),
                .document = {{"requested", requested}, {"left_out", tenants.size() - requested}},
                .exit_status = requested == tenants.size() ? 0 : info(ErrorCode::operation_failed).exit_status};
}

bool is_token(const std::string& text) {
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
}

/// As certbot says it to whom it calls; for a host below our own domain alone.
Result<DnsProof> wanted_proof(const Settings& settings, Services& services) {
  TRY_ASSIGN(const auto domain, services.secret("env:CERTBOT_DOMAIN"));
  TRY_ASSIGN(const auto value, services.secret("env:CERTBOT_VALIDATION"));
  TRY_ASSIGN(const auto host, HostName::parse(domain.reveal()));
  if (!host.str().ends_with("." + settings.domain) || !is_token(value.reveal()))
    return fail(ErrorCode::bad_value, fmt::format("\"{}\" does not lie below \"{}\", or its proof is none", host.str(), settings.domain));
  return DnsProof{.name = "_acme-challenge." + host.str(), .value = value.reveal()};
}

struct ProofArgs {
  std::string verb;
};

Result<Report> show_proof(const ProofArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto proof, wanted_proof(*settings, services));
  TRY_ASSIGN(auto* zone, services.zone());
  TRY(args.verb == "put" ? zone->put_proof(proof) : zone->take_proof(proof));
  return Report{.text = "", .document = {{"name", proof.name}}};
}

void add_tenant_if_any(CLI::App& sub, CertsArgs& args) {
  sub.add_option("tenant", args.tenant, "of this tenant alone: its slug, code or id")->type_name("TENANT");
}

}  // namespace

void add_certs(CLI::App& app, Command& chosen) {
  auto* family = app.add_subcommand("certs", "certificates: who is served by https, and how far that is");
  family->require_subcommand(1);
  family->fallthrough();
  {
    auto [sub, args] = add_command<CertsArgs>(*family, "list", "shows until when each is good, or what it waits for",
                                              "tenantctl certs list --pending", chosen, list_certificates);
    add_tenant_if_any(*sub, *args);
    sub->add_flag("--pending", args->pending, "only those that there are none of yet");
  }
  {
    auto [sub, args] = add_command<CertsArgs>(*family, "request", "asks for certificates of tenants that were made without",
                                              "tenantctl certs request --all", chosen, request_certificates);
    add_tenant_if_any(*sub, *args);
    sub->add_flag("--all", args->all, "of every active tenant");
  }
  {
    auto [sub, args] = add_command<CertsArgs>(*family, "retry", "tries again now what has failed; what kept it from being got is mended",
                                              "tenantctl certs retry acme", chosen, retry_certificates);
    add_tenant_if_any(*sub, *args);
  }
  {
    auto [sub, args] = add_command<CertsArgs>(*family, "renew", "gets whatever is due: what there is none of, and what ends soon; for cron",
                                              "tenantctl certs renew", chosen, renew_certificates);
    add_tenant_if_any(*sub, *args);
    sub->add_flag("--force", args->force, "also one that is good for long: its key may be known to others");
  }
  {
    auto [sub, args] = add_command<ProofArgs>(*family, "proof", "shows an authority's proof in the zone; certbot runs it",
                                              "tenantctl certs proof put", chosen, show_proof);
    sub->group("");  // nobody types it
    sub->add_option("verb", args->verb, "put or take")->required()->check(CLI::IsMember({"put", "take"}));
  }
}

}  // namespace tenantctl
