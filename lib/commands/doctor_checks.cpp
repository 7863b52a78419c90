#include "commands/doctor_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/deliveries.hpp"
#include "commands/doctor_certificates.hpp"
#include "commands/placement.hpp"
#include "commands/stacks.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

HealthCheck ok(std::string name, std::string detail) {
  return {.name = std::move(name), .result = HealthCheck::Result::ok, .detail = std::move(detail)};
}

HealthCheck check_plans(Services& services, const Settings& settings) {
  const auto plans = services.plans();
  if (!plans) return failed_check("plans", plans.error());
  if (const auto term = (*plans)->find(settings.default_plan); !term) return failed_check("plans", term.error());
  return ok("plans", settings.plans.empty() ? "built in" : settings.plans.string());
}

HealthCheck check_control(Services& services) {
  const auto control = services.control();
  return control ? ok("control database", "reachable, schema is current") : failed_check("control database", control.error());
}

HealthCheck check_host(const std::string& name, Services& services) {
  const auto title = "host " + name;
  auto shell = services.shell(name);
  if (!shell) return failed_check(title, shell.error());
  const auto outcome = (*shell)->run({.argv = {"id", "-un"}});
  if (!outcome) return failed_check(title, outcome.error());
  if (!outcome->succeeded())
    return failed_check(title, make_error(ErrorCode::process_failed, "it lets us in, but runs no programs: " + printable(outcome->err)));
  return ok(title, fmt::format("lets us in, runs programs as {}", printable(outcome->out.substr(0, outcome->out.find('\n')))));
}

HealthCheck check_server(const std::string& name, Services& services) {
  const auto title = "server " + name;
  auto server = services.server(name);
  if (!server) return failed_check(title, server.error());
  const auto info = (*server)->server_info();
  if (!info) return failed_check(title, info.error());
  if (!info->may_create_roles || !info->may_create_databases) {
    return failed_check(title,
                        make_error(ErrorCode::permission_denied, fmt::format("PostgreSQL {}: the provisioner lacks {}", info->version,
                                                                             info->may_create_roles       ? "CREATEDB"
                                                                             : info->may_create_databases ? "CREATEROLE"
                                                                                                          : "CREATEROLE and CREATEDB"))
                            .with_hint("run \"alter role NAME createrole createdb\" on the server as its superuser"));
  }
  return ok(title, fmt::format("PostgreSQL {}, {}", info->version, info->superuser ? "superuser" : "CREATEROLE and CREATEDB"));
}

HealthCheck check_stack(const StackSettings& stack, Services& services) {
  const auto title = "stack " + stack.name.str();
  if (stack.frappe)
    return ok(title, fmt::format("a bench in {} on host {}, with {} apps besides frappe", stack.frappe->bench, stack.frappe->host,
                                 stack.frappe->apps.size()));
  const auto source = read_template_source(stack, services);
  if (!source) return failed_check(title, source.error());
  if (const auto room = servers_for(stack, "", services); !room) return failed_check(title, room.error());
  return ok(title, fmt::format("{} schema and {} seed files", source->schema.size(), source->seeds.size()));
}

/// Where tenants share a database, whatever everybody may do there, each tenant may do to the others.
HealthCheck check_shared_database(const StackSettings& stack, const std::string& place, Services& services) {
  const auto title =
      fmt::format("shared database {}{}", stack.shared_database, stack.servers.size() > 1 ? fmt::format(" on {}", place) : std::string());
  const auto database = DatabaseName::parse(stack.shared_database);
  if (!database) return failed_check(title, database.error());
  auto server = services.server(place);
  if (!server) return failed_check(title, server.error());
  const auto doors = (*server)->open_doors(*database);
  if (!doors) return failed_check(title, doors.error());
  if (doors->empty()) return ok(title, "closed to everybody but its tenants, or not made yet");
  return failed_check(
      title,
      make_error(ErrorCode::permission_denied, fmt::format("{}", fmt::join(*doors, "; ")))
          .with_hint(fmt::format(
              "run \"psql -d {0} -c 'revoke all on database {0} from public; revoke create on schema public from public'\" as its owner",
              database->str())));
}

/// A host that no tenant has is refused without an answer, and that is an answer too.
HealthCheck check_nginx(const Settings& settings, Services& services) {
  const auto host = HostName::parse("tenantctl-doctor." + settings.domain);
  if (!host) return failed_check("nginx", host.error());
  const auto answer = services.http().get({.address = settings.nginx.probe, .host = *host, .path = "/"});
  if (!answer && answer.error().code != ErrorCode::http_check_failed) {
    auto error = answer.error();
    if (error.hint.empty()) error.hint = "start nginx, or correct nginx.probe in tenantctl.yaml";
    return failed_check("nginx", error);
  }
  return ok("nginx", fmt::format("{} answers", settings.nginx.probe));
}

HealthCheck check_zone(const Settings& settings, Services& services) {
  const auto title = "zone " + settings.dns.zone;
  auto zone = services.zone();
  if (!zone) return failed_check(title, zone.error());
  if (const auto takes = (*zone)->check(); !takes) return failed_check(title, takes.error());
  if (settings.dns.provider == DnsProvider::cloudflare) return ok(title, "Cloudflare takes changes");
  return ok(title, fmt::format("{} takes updates signed by \"{}\"", settings.dns.server, settings.dns.key_name));
}

/// Whether a tenant of any name would be found: of one that nobody has.
HealthCheck check_wildcard(const Settings& settings, Services& services) {
  const auto nobody = *TenantId::parse("00000000-0000-4000-8000-000000000000");
  const auto records = records_for(nobody, "tenantctl-doctor." + settings.domain, settings.dns);
  if (!records) return failed_check("dns", records.error());
  auto lookup = services.lookup();
  if (!lookup) return failed_check("dns", lookup.error());
  const auto missing = (*lookup)->missing(records->records);
  if (!missing) return failed_check("dns", missing.error());
  if (missing->empty()) return ok("dns", fmt::format("*.{} leads to nginx", settings.domain));
  return failed_check("dns", make_error(ErrorCode::check_failed, missing->front())
                                 .with_hint(fmt::format("add a record for *.{} to its zone, or correct dns.addresses", settings.domain)));
}

/// Each mail as it would be for somebody, so that a template's mistake is not found by customers, and whether the server lets us in.
HealthCheck check_mail(const MailSettings& mail, Services& services) {
  for (const auto& type : mail.events) {
    const Delivery sample{
        .type = type, .target = std::string(k_mail_target), .data = {{"tenant", {{"admin_email", mail.from}}}, {"reason", ""}}};
    if (const auto composed = mail_for(sample, mail, services); !composed) return failed_check("mail", composed.error());
  }
  auto mailer = services.mailer();
  if (!mailer) return failed_check("mail", mailer.error());
  if (const auto reached = (*mailer)->check(); !reached) return failed_check("mail", reached.error());
  return ok("mail", fmt::format("{} lets us in", mail.smtp));
}

/// Of what has been told; nothing is sent to find out.
HealthCheck check_webhook(const WebhookSettings& webhook, Services& services) {
  const auto title = "webhook " + webhook.name;
  const auto secret = services.secret(webhook.secret);
  if (!secret) return failed_check(title, secret.error());
  if (const auto key = signing_key(webhook.name, *secret); !key) return failed_check(title, key.error());
  return ok(title, fmt::format("{}, is told of {}", shown_url(webhook.url), fmt::join(webhook.events, " ")));
}

/// What is wrong with what is to be told to one receiver; empty where nothing is.
std::optional<Error> outbox_trouble(const DeliveryCounts& one, bool configured) {
  const auto drop = fmt::format("run \"tenantctl outbox drop --state {} --target {}\"", one.waiting > 0 ? "waiting" : "dead", one.target);
  const auto trouble = [](std::string what, std::string hint) {
    return make_error(ErrorCode::check_failed, std::move(what)).with_hint(std::move(hint));
  };
  if (!configured && one.waiting + one.dead > 0)
    return trouble(fmt::format("{} are there for \"{}\", which is no longer configured", one.waiting + one.dead, one.target), drop);
  if (one.dead > 0) {
    return trouble(fmt::format("{} given up for \"{}\": {}", one.dead, one.target, one.last_failure),
                   fmt::format("run \"tenantctl webhooks replay {0}\", or \"tenantctl outbox drop --target {0}\"", one.target));
  }
  if (one.struggling > 0)
    return trouble(fmt::format("{} could not be told to \"{}\" yet: {}", one.struggling, one.target, one.last_failure),
                   "mend that, and run \"tenantctl outbox flush --now\"");
  if (one.overdue > 0)
    return trouble(fmt::format("{} wait for \"{}\" for more than ten minutes", one.overdue, one.target),
                   "run \"tenantctl outbox flush\" from cron, or a worker");
  return std::nullopt;
}

/// One line for each receiver with trouble, or one for all.
void check_outbox(std::vector<HealthCheck>& checks, const Settings& settings, Services& services) {
  auto control = services.control();
  const auto counts = control ? control->outbox.counts() : Result<std::vector<DeliveryCounts>>(fail(control.error()));
  if (!counts) return checks.push_back(failed_check("outbox", counts.error()));
  const auto known = subscriptions_of(settings).targets();
  std::int64_t waiting = 0;
  bool is_fine = true;
  for (const auto& one : *counts) {
    waiting += one.waiting;
    const auto trouble = outbox_trouble(one, std::ranges::find(known, one.target) != known.end());
    if (trouble) checks.push_back(failed_check("outbox", *trouble));
    is_fine = is_fine && !trouble;
  }
  if (is_fine && (!known.empty() || waiting > 0)) checks.push_back(ok("outbox", fmt::format("{} to be told", waiting)));
}

/// A folder of this machine, or of a host behind SSH.
struct Folder {
  std::string host = {};
  std::filesystem::path path;
  auto operator<=>(const Folder&) const = default;
};

HealthCheck check_folder(const Folder& folder, Services& services) {
  auto title = "folder " + place_of_files(folder.host, folder.path);
  if (const auto writable = services.check_writable(folder.host, folder.path); !writable) {
    auto error = writable.error();
    const auto* who = folder.host.empty() ? "run tenantctl as a user who may write there"
                                          : "log in to the host as a user who may write there, or set sudo: true";
    if (error.hint.empty()) error.hint = fmt::format("run \"ls -ld {}\", and {}", folder.path.string(), who);
    return failed_check(std::move(title), error);
  }
  return ok(std::move(title), "writable");
}

/// Where route and credentials files go, each once.
std::set<Folder> folders_of(const Settings& settings) {
  const auto& nginx = settings.nginx;
  std::set<Folder> folders{{nginx.host, nginx.dir}};
  if (nginx.mode == NginxMode::server_block) folders.insert({nginx.host, nginx.dir / "sites"});
  for (const auto& [name, stack] : settings.stacks) {
    if (nginx.mode == NginxMode::routes) folders.insert({nginx.host, nginx.dir / "routes" / name});
    if (!stack.credentials_dir.empty()) folders.insert({"", stack.credentials_dir});
  }
  return folders;
}

}  // namespace

std::vector<HealthCheck> run_checks(Services& services) {
  const auto loaded = services.settings();
  if (!loaded) return {failed_check("configuration", loaded.error())};
  const auto& settings = **loaded;
  std::vector<HealthCheck> checks{ok("configuration", settings.file.string()), check_plans(services, settings), check_control(services)};
  for (const auto& [name, host] : settings.hosts) checks.push_back(check_host(name, services));
  for (const auto& [name, server] : settings.servers) checks.push_back(check_server(name, services));
  for (const auto& [name, stack] : settings.stacks) checks.push_back(check_stack(stack, services));
  for (const auto& [name, stack] : settings.stacks) {
    if (stack.kind != StackKind::schema) continue;
    for (const auto& place : stack.servers) checks.push_back(check_shared_database(stack, place, services));
  }
  checks.push_back(check_nginx(settings, services));
  if (makes_records(settings.dns.provider)) checks.push_back(check_zone(settings, services));
  if (settings.dns.provider == DnsProvider::wildcard && settings.dns.has_target()) checks.push_back(check_wildcard(settings, services));
  if (settings.mail) checks.push_back(check_mail(*settings.mail, services));
  for (const auto& webhook : settings.webhooks) checks.push_back(check_webhook(webhook, services));
  check_outbox(checks, settings, services);
  std::ranges::move(check_certificates(settings, services), std::back_inserter(checks));
  for (const auto& folder : folders_of(settings)) checks.push_back(check_folder(folder, services));
  return checks;
}

}  // namespace tenantctl
