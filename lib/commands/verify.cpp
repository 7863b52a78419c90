// `verify`: looks at tenants as their visitors and their applications do, and says which are not well. It changes nothing.
#include <fmt/format.h>

#include <algorithm>

#include "commands/certificates.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "core/parallel.hpp"
#include "views/health.hpp"

namespace tenantctl {
namespace {

struct VerifyArgs {
  std::string tenant;
  bool all = false;
  std::size_t jobs = 8;
};

/// A tenant with what is needed to look at it, fetched before the threads begin: the services belong to one thread.
struct Patient {
  Tenant tenant;
  const StackSettings* stack = nullptr;  // empty: no longer configured
  Result<LoginProbe*> logins = nullptr;  // of its server
  Result<FrappeBench*> bench = nullptr;  // of its stack, where that is of kind frappe
  Result<std::optional<LoginDetails>> details = std::nullopt;
  Result<ConfigurationState> configuration = ConfigurationState{};
  Result<std::vector<CustomDomain>> domains = std::vector<CustomDomain>();
  Result<std::vector<ShownCertificate>> certificates = std::vector<ShownCertificate>();
  Result<std::optional<TenantConfiguration>> copy = std::nullopt;  // what its application has; empty: not looked at
};

using Look = std::function<HealthCheck()>;

HealthCheck timed(const Look& look) {
  const auto began = std::chrono::steady_clock::now();
  auto check = look();
  check.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  return check;
}

HealthCheck status_check(const Tenant& tenant) {
  if (tenant.status == TenantStatus::active) return {.name = "status", .detail = "active"};
  return failed_check("status", make_error(ErrorCode::check_failed, fmt::format("it is {}", to_string(tenant.status)))
                                    .with_hint(fmt::format("run \"tenantctl operations list {}\"", tenant.slug.str())));
}

/// The page that a create waited for, once.
HealthCheck check_page(const std::string& name, const std::string& host_name, const PingSettings& ping, const std::string& address,
                       HttpProbe& http) {
  const auto host = HostName::parse(host_name);
  if (!host) return failed_check(name, host.error());
  const auto answer = http.get({.address = address, .host = *host, .path = ping.path, .limit = ping.limit});
  if (!answer) return failed_check(name, answer.error());
  const auto shown = fmt::format("http://{}{} answers with {}", host_name, ping.path, answer->status);
  if (answer->status != 200)
    return failed_check(name, make_error(ErrorCode::http_check_failed, shown).with_hint("look into the application's log"));
  if (answer->body.find(ping.expect) == std::string::npos)
    return failed_check(name, make_error(ErrorCode::http_check_failed, fmt::format("{}, but without \"{}\"", shown, ping.expect))
                                  .with_hint("look into the application's log"));
  return {.name = name, .detail = shown};
}

HealthCheck check_database(const Patient& patient) {
  const std::string name = "database";
  if (!patient.details) return failed_check(name, patient.details.error());
  if (!*patient.details) return skipped_check(name, "its password is in no credentials file");
  if (!patient.logins) return failed_check(name, patient.logins.error());
  const auto& details = **patient.details;
  if (details.database != patient.tenant.database) {
    return failed_check(
        name, make_error(ErrorCode::check_failed, fmt::format("the credentials file leads to database \"{}\", and the tenant's is \"{}\"",
                                                              details.database, patient.tenant.database))
                  .with_hint("run \"tenantctl doctor\""));
  }
  if (const auto in = (*patient.logins)->log_in(details.database, details.login, details.password); !in)
    return failed_check(name, in.error());
  return {.name = name, .detail = fmt::format("\"{}\" logs in to \"{}\"", details.login, details.database)};
}

/// Each custom domain that is routed, at nginx: where its name leads in the world's DNS is not asked.
void check_domains(TenantHealth& health, const Patient& patient, const PingSettings& ping, const std::string& address, HttpProbe& http) {
  if (!patient.domains) return health.checks.push_back(failed_check("domains", patient.domains.error()));
  const auto& frappe = patient.stack->frappe;
  for (const auto& domain : *patient.domains) {
    if (!domain.routed_at) continue;
    const auto name = "domain " + domain.host.str();
    if (frappe && !frappe->front.empty()) health.checks.push_back(skipped_check(name, "it shows a front end of its own"));
    else health.checks.push_back(timed([&] { return check_page(name, domain.host.str(), ping, address, http); }));
  }
}

/// The first key of which the application has another value than what is recorded, or one that was unset; empty: none.
std::string strayed(const ConfigurationState& state, const TenantConfiguration& copy) {
  for (const auto& [key, value] : state.values) {
    const auto found = copy.find(key);
    if (found == copy.end() || found->second != value) return key;
  }
  const auto kept = std::ranges::find_if(state.unset, [&](const std::string& key) { return copy.contains(key); });
  return kept == state.unset.end() ? std::string() : *kept;
}

/// Whether the application has what is recorded.
HealthCheck check_configuration(const Patient& patient) {
  const std::string name = "configuration";
  if (!patient.configuration) return failed_check(name, patient.configuration.error());
  const auto& state = *patient.configuration;
  const auto lags = [&](std::string how) {
    return failed_check(name, make_error(ErrorCode::check_failed, std::move(how))
                                  .with_hint(fmt::format("run \"tenantctl config push {}\"", patient.tenant.slug.str())));
  };
  if (state.given < state.version) return lags(fmt::format("it is at version {}, and the application has {}", state.version, state.given));
  if (!patient.copy) return failed_check(name, patient.copy.error());
  const auto key = *patient.copy ? strayed(state, **patient.copy) : std::string();
  if (!key.empty()) return lags(fmt::format("the application has another \"{}\" than what is recorded", key));
  return {.name = name, .detail = fmt::format("the application has version {}", state.version)};
}

/// Whether the bench knows the site, and the site its apps.
HealthCheck check_site(const Patient& patient, const std::string& domain) {
  const std::string name = "site";
  if (!patient.bench) return failed_check(name, patient.bench.error());
  const auto& stack = *patient.stack->frappe;
  const auto site = HostName::parse(fill_in(stack.site, patient.tenant.slug, domain));
  if (!site) return failed_check(name, site.error());
  const auto database = DatabaseName::parse(patient.tenant.database);
  if (!database) return failed_check(name, database.error());
  const auto apps =
      (*patient.bench)
          ->installed_apps(
              {.tenant = patient.tenant.id, .name = *site, .database = *database, .bench = stack.bench, .program = stack.program});
  if (!apps) return failed_check(name, apps.error());
  for (const auto& app : stack.apps) {
    if (std::ranges::find(*apps, app) != apps->end()) continue;
    return failed_check(name,
                        make_error(ErrorCode::check_failed, fmt::format("site \"{}\" lacks the app \"{}\"", site->str(), app))
                            .with_hint(fmt::format("run \"bench --site {} install-app {}\" on host \"{}\"", site->str(), app, stack.host)));
  }
  return {.name = name, .detail = fmt::format("\"{}\" has {}", site->str(), fmt::join(*apps, ", "))};
}

/// Who is asked about a tenant's records: the zone that they are made in, or else what visitors' resolvers ask. Neither where nobody has
/// said where names are to lead.
struct Directory {
  DnsZone* zone = nullptr;
  DnsLookup* lookup = nullptr;
};

Result<Directory> directory_of(const Settings& settings, Services& services) {
  Directory directory;
  if (makes_records(settings.dns.provider)) {
    TRY_ASSIGN(directory.zone, services.zone());
  } else if (settings.dns.has_target()) {
    TRY_ASSIGN(directory.lookup, services.lookup());
  }
  return directory;
}

HealthCheck check_zone(const TenantRecords& records, const Settings& settings, DnsZone& zone) {
  const auto seen = zone.observe(records);
  if (!seen) return failed_check("dns", seen.error());
  if (seen->presence == Presence::complete)
    return {.name = "dns", .detail = fmt::format("zone \"{}\" has its {} records", records.zone, records.records.size())};
  const auto why = seen->presence == Presence::partial ? fmt::format("zone \"{}\" lacks some of its records", records.zone)
                                                       : fmt::format("zone \"{}\" has no records that are marked as its own", records.zone);
  return failed_check(
      "dns", make_error(ErrorCode::check_failed, why)
                 .with_hint(settings.dns.server.empty() ? std::string("compare dns.addresses with the zone at Cloudflare")
                                                        : fmt::format("compare dns.addresses with \"dig @{} {}\"", settings.dns.server,
                                                                      records.records.front().name.str())));
}

/// Whether names lead where a create of today would have them lead.
HealthCheck check_dns(const Tenant& tenant, const Settings& settings, const Directory& directory) {
  if (!tenant.domain.ends_with("." + settings.dns.zone)) return skipped_check("dns", "its name does not lie in zone " + settings.dns.zone);
  const auto records = records_for(tenant.id, tenant.domain, settings.dns);
  if (!records) return failed_check("dns", records.error());
  if (directory.zone != nullptr) return check_zone(*records, settings, *directory.zone);
  const auto missing = directory.lookup->missing(records->records);
  if (!missing) return failed_check("dns", missing.error());
  if (missing->empty()) return {.name = "dns", .detail = "both hosts lead to nginx"};
  return failed_check(
      "dns",
      make_error(ErrorCode::check_failed, missing->front()).with_hint(fmt::format("run \"tenantctl dns records {}\"", tenant.slug.str())));
}

constexpr const char* k_certificate = "certificate";

/// One that there is: shown to visitors, trusted, their own, and good for long enough.
HealthCheck check_issued(const Certificate& certificate, const PingSettings& ping, const Settings& settings, HttpProbe& http, Instant now) {
  const auto& renew_days = settings.tls->renew_days;
  const auto until = fmt::format("good until {}", to_rfc3339(*certificate.not_after));
  for (const auto& name : certificate.order.names) {
    // Whatever the application says, and a tenant that is suspended: the handshake comes before.
    const auto answer = http.get({.address = settings.tls->nginx.probe, .host = name, .path = ping.path, .limit = ping.limit});
    if (!answer) return failed_check(k_certificate, answer.error());
  }
  // Renewals begin renew_days before the end, and not before half of its time: so late, they have been failing for long.
  const auto whole = *certificate.not_after - *certificate.issued_at;
  if (*certificate.not_after - now < std::min<Instant::duration>(std::chrono::hours{12 * renew_days}, whole / 6)) {
    return failed_check(k_certificate,
                        make_error(ErrorCode::check_failed, fmt::format("it is {}, and was not renewed: {}", until, certificate.problem))
                            .with_hint(fmt::format("run \"tenantctl certs retry {}\"", certificate.order.slug.str())));
  }
  return {.name = k_certificate, .detail = until};
}

HealthCheck check_certificate(const Patient& patient, const PingSettings& ping, const Settings& settings, HttpProbe& http, Instant now) {
  if (!patient.certificates) return failed_check(k_certificate, patient.certificates.error());
  const auto& slug = patient.tenant.slug.str();
  if (patient.certificates->empty()) {
    return failed_check(k_certificate, make_error(ErrorCode::check_failed, "none was asked for: it is served by http alone")
                                           .with_hint(fmt::format("run \"tenantctl certs request {}\"", slug)));
  }
  const auto& shown = patient.certificates->front();
  if (!shown.certificate.pending()) return check_issued(shown.certificate, ping, settings, http, now);
  const auto why = certificate_text(shown);
  if (shown.certificate.problem.empty()) return skipped_check(k_certificate, why);
  return failed_check(k_certificate,
                      make_error(ErrorCode::check_failed, why).with_hint(fmt::format("run \"tenantctl certs retry {}\"", slug)));
}

TenantHealth look_at(const Patient& patient, const Settings& settings, const Result<Directory>& directory, HttpProbe& http, Instant now) {
  const auto& tenant = patient.tenant;
  TenantHealth health{.slug = tenant.slug.str(), .checks = {status_check(tenant), check_configuration(patient)}};
  if (patient.stack == nullptr) {
    health.checks.push_back(failed_check(
        "stack", make_error(ErrorCode::stack_not_found, fmt::format("stack \"{}\" is not in {}", tenant.stack, settings.file.string()))
                     .with_hint("add it again, as it was")));
    return health;
  }
  const auto& ping = patient.stack->ping;
  const auto& address = settings.nginx.probe;
  const auto& frappe = patient.stack->frappe;
  if (frappe && !frappe->front.empty()) health.checks.push_back(skipped_check("front", "it shows a front end of its own"));
  else health.checks.push_back(timed([&] { return check_page("front", tenant.domain, ping, address, http); }));
  health.checks.push_back(timed([&] { return check_page("back", "api." + tenant.domain, ping, address, http); }));
  check_domains(health, patient, ping, address, http);
  if (!directory) health.checks.push_back(failed_check("dns", directory.error()));
  else if (directory->zone != nullptr || directory->lookup != nullptr)
    health.checks.push_back(timed([&] { return check_dns(tenant, settings, *directory); }));
  if (settings.tls) health.checks.push_back(timed([&] { return check_certificate(patient, ping, settings, http, now); }));
  health.checks.push_back(timed([&] { return frappe ? check_site(patient, settings.domain) : check_database(patient); }));
  return health;
}

/// A connection for each tenant: it is only done where one was named.
Result<std::optional<TenantConfiguration>> read_copy(const Tenant& tenant, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  if (const auto& file = plan.configuration_file; !file.empty()) {
    TRY_ASSIGN(auto copy, services.credentials().read_configuration(file, tenant.id));
    if (copy) return copy;
    return fail(make_error(ErrorCode::file_not_found, fmt::format("its file \"{}\" is missing", file.string()))
                    .with_hint(fmt::format("run \"tenantctl config push {}\"", tenant.slug.str())));
  }
  TRY_ASSIGN(auto* server, services.server(tenant.server));
  TRY_ASSIGN(auto copy, server->read_settings(plan.database));
  return std::optional<TenantConfiguration>(std::move(copy));
}

Patient admit(Tenant tenant, const Settings& settings, Services& services) {
  Patient patient{.tenant = std::move(tenant)};
  if (auto control = services.control()) {
    patient.configuration = control->configurations.read(patient.tenant.id);
    patient.domains = control->domains.list(patient.tenant.id);
  }
  const auto stack = settings.stacks.find(patient.tenant.stack);
  if (stack == settings.stacks.end()) return patient;
  patient.stack = &stack->second;
  if (stack->second.frappe) {
    patient.bench = services.bench(patient.tenant.stack);
    return patient;
  }
  patient.logins = services.login_probe(patient.tenant.server);
  if (const auto& folder = stack->second.credentials_dir; !folder.empty())
    patient.details = services.credentials().read(folder / (patient.tenant.slug.str() + ".json"), patient.tenant.id);
  return patient;
}

Result<std::vector<Tenant>> wanted(const VerifyArgs& args, Services& services) {
  if (args.all == !args.tenant.empty()) {
    return fail(make_error(ErrorCode::usage, args.all ? "a tenant and --all were given together" : "no tenant was named")
                    .with_hint("pass one of the two: TENANT, or --all for every active one"));
  }
  TRY_ASSIGN(const auto control, services.control());
  if (args.all) {
    TRY_ASSIGN(auto page, control.tenants.list({.status = TenantStatus::active, .limit = 1'000'000}));
    return std::move(page.tenants);
  }
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  return std::vector<Tenant>{std::move(tenant)};
}

/// One statement for all of them.
void share_certificates(std::vector<Patient>& patients, bool all, Services& services) {
  const auto shown = shown_certificates(all ? std::optional<TenantId>() : patients.front().tenant.id, services);
  std::map<TenantId, std::vector<ShownCertificate>> by_tenant;
  if (shown) {
    for (const auto& one : *shown) by_tenant[one.certificate.order.tenant].push_back(one);
  }
  for (auto& patient : patients) {
    if (shown) patient.certificates = by_tenant[patient.tenant.id];
    else patient.certificates = fail(Error(shown.error()));
  }
}

Result<Report> verify(const VerifyArgs& args, Services& services) {
  TRY_ASSIGN(auto tenants, wanted(args, services));
  TRY_ASSIGN(const auto* settings, services.settings());
  std::vector<Patient> patients;
  patients.reserve(tenants.size());
  for (auto& tenant : tenants) patients.push_back(admit(std::move(tenant), *settings, services));
  if (settings->tls) share_certificates(patients, args.all, services);
  if (!args.all && patients.front().stack != nullptr && !patients.front().stack->frappe)
    patients.front().copy = read_copy(patients.front().tenant, services);
  std::vector<TenantHealth> found(patients.size());
  auto& http = services.http();
  const auto directory = directory_of(*settings, services);
  const auto now = services.clock().now();
  for_each_parallel(patients.size(), args.jobs, [&](std::size_t i) { found[i] = look_at(patients[i], *settings, directory, http, now); });
  return health_report(found);
}

}  // namespace

void add_verify(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<VerifyArgs>(
      app, "verify", "looks whether a tenant, or every active one, answers and can log in; status 7 where one does not",
      "tenantctl verify --all --jobs 16", chosen, verify);
  sub->add_option("tenant", args->tenant, "its slug, code or id")->type_name("TENANT");
  sub->add_flag("--all", args->all, "every active tenant");
  sub->add_option("--jobs", args->jobs, "how many tenants are looked at at once")->check(CLI::Range(1, 256))->capture_default_str();
}

}  // namespace tenantctl
