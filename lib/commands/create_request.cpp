#include "commands/create_request.hpp"
#include "commands/certificates.hpp"

#include <fmt/format.h>

#include "commands/give_configuration.hpp"
#include "commands/placement.hpp"
#include "commands/stacks.hpp"
#include "core/ascii.hpp"
#include "core/configuration_keys.hpp"
#include "core/expiry.hpp"
#include "core/utf8.hpp"
#include "pipeline/plan_change.hpp"
#include "pipeline/site_configuration.hpp"

namespace tenantctl {
namespace {

Result<TenantSlug> read_slug(const CreateArgs& args, const Settings& settings) {
  if (args.slug.empty() == args.username.empty()) {
    return fail(make_error(ErrorCode::usage, args.slug.empty() ? "the tenant has no name" : "a name and --username were given together")
                    .with_hint("pass one of the two: SLUG, or --username NAME to derive it"));
  }
  TRY_ASSIGN(auto slug, args.slug.empty() ? slug_from_username(args.username) : TenantSlug::parse(args.slug));
  TRY(check_not_reserved(slug, settings.reserved));
  if (TenantId::parse(slug.str()))
    return fail(make_error(ErrorCode::bad_slug, fmt::format("\"{}\" is of the form of a tenant's id", slug.str()))
                    .with_hint("choose a name that nobody takes for an id"));
  return slug;
}

Result<TenantConfiguration> read_configuration(const std::vector<std::string>& pairs) {
  TenantConfiguration configuration;
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    const auto key = pair.substr(0, equals);
    if (equals == std::string::npos) {
      return fail(make_error(ErrorCode::bad_value, fmt::format("--set \"{}\" is not KEY=VALUE", printable(pair)))
                      .with_hint("write it as --set currency=EUR"));
    }
    TRY(check_configuration_key(key));
    TRY_ASSIGN(auto value, check_configuration_value(key, std::string_view(pair).substr(equals + 1)));
    if (!configuration.emplace(key, std::move(value)).second)
      return fail(ErrorCode::bad_value, fmt::format("--set {} was given twice", key));
  }
  return configuration;
}

/// Names built from the code and not from the slug: `foo-bar` and `foo_bar` must not meet, and catalogs, which every tenant
/// can read, tell nothing about customers.
Result<TenantDatabase> database_names(const StackSettings& stack, const Identity& identity) {
  auto name = stack.database_pattern;
  name.replace(name.find("{code}"), 6, to_lower(identity.code.str()));
  const bool shares = stack.kind == StackKind::schema;
  TRY_ASSIGN(auto database, DatabaseName::parse(shares ? stack.shared_database : name));
  TRY_ASSIGN(auto owner, RoleName::parse(name + "_owner"));
  TRY_ASSIGN(auto login, RoleName::parse(name));
  TenantDatabase names{.tenant = identity.id, .database = std::move(database), .owner = std::move(owner), .login = std::move(login)};
  if (shares) { TRY_ASSIGN(names.schema, SchemaName::parse(name)); }
  return names;
}

Result<std::filesystem::path> credentials_file(const CreateArgs& args, const StackSettings& stack, const TenantSlug& slug) {
  if (args.print_credentials && !stack.after_create.argv.empty()) {
    return fail(
        make_error(ErrorCode::usage,
                   fmt::format("stack \"{}\" has after_create, which reads the password from the credentials file", stack.name.str()))
            .with_hint("leave --print-credentials out"));
  }
  if (args.print_credentials) return std::filesystem::path();
  if (!stack.credentials_dir.empty()) return stack.credentials_dir / (slug.str() + ".json");
  return fail(
      make_error(ErrorCode::usage, fmt::format("stack \"{}\" has no credentials_dir to write the database password to", stack.name.str()))
          .with_hint("pass --print-credentials, or set credentials_dir in tenantctl.yaml"));
}

constexpr std::size_t k_longest_name = 140;  // of Frappe's Data fields

Result<FrappePlan> site_plan(const FrappeStack& stack, const CreatePlan& plan, const TenantConfiguration& configuration,
                             const std::string& domain) {
  TRY_ASSIGN(auto name, HostName::parse(fill_in(stack.site, plan.slug, domain)));
  if (plan.admin_email.str().starts_with('-'))
    return fail(ErrorCode::bad_value,
                fmt::format("\"{}\" begins with a hyphen, which bench would take for an option", plan.admin_email.str()));
  FrappePlan site{.site = {.tenant = plan.tenant(),
                           .name = std::move(name),
                           .database = plan.database.database,
                           .bench = stack.bench,
                           .program = stack.program},
                  .apps = stack.apps,
                  .country = stack.country,
                  .time_zone = stack.time_zone,
                  .source_sql = stack.source_sql,
                  .user = {plan.admin_email, plan.company_name.size() <= k_longest_name ? plan.company_name : plan.slug.str()},
                  .proof = forbids_passwords(stack) ? LoginProof::none : LoginProof::at_the_bench};
  for (const auto& [key, value] : stack.site_config) site.config.emplace_back(key, python_value(fill_in(value, plan.slug, domain)));
  if (!configuration.empty()) site.config.emplace_back(k_site_configuration, site_configuration(0, configuration));
  return site;
}

}  // namespace

Result<Identity> new_identity(Entropy& entropy) {
  TRY_ASSIGN(auto tenant, TenantId::parse(uuid_from_random(random_bytes<16>(entropy))));
  return Identity{std::move(tenant), code_from_random(random_bytes<8>(entropy))};
}

void inherit(CreateArgs& args, const Origin& origin) {
  const auto take = [](std::string& mine, const std::string& theirs) {
    if (mine.empty()) mine = theirs;
  };
  take(args.company, origin.company_name);
  take(args.email, origin.admin_email);
  take(args.owner, origin.owner);
  take(args.plan, origin.plan);
  args.stack = origin.stack;
  for (const auto& [key, value] : origin.configuration) args.set.push_back(key + "=" + value);
}

Result<CreateRequest> read_create(const CreateArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto slug, read_slug(args, *settings));
  TRY_ASSIGN(auto email, EmailAddress::parse(args.email));
  TRY_ASSIGN(auto company, check_text("company", args.company.empty() ? slug.str() : args.company));
  std::string owner;
  if (!args.owner.empty()) { TRY_ASSIGN(owner, check_text("owner", args.owner)); }
  TRY_ASSIGN(auto configuration, read_configuration(args.set));
  if (!args.idempotency_key.empty()) TRY(check_text("idempotency key", args.idempotency_key));
  std::chrono::milliseconds ttl{};
  if (!args.ttl.empty()) { TRY_ASSIGN(ttl, parse_ttl(args.ttl)); }
  TRY_ASSIGN(const auto* stack, find_stack(*settings, args.stack));
  TRY_ASSIGN(const auto* catalog, services.plans());
  TRY_ASSIGN(const auto* terms, catalog->find(args.plan.empty() ? settings->default_plan : args.plan));
  std::vector<std::string> servers{args.pooled ? args.pooled->server : args.placed};
  if (servers.front().empty()) { TRY_ASSIGN(servers, servers_for(*stack, args.server, services)); }
  TRY_ASSIGN(auto server, ConfigName::parse(servers.front()));
  TRY_ASSIGN(auto front, HostName::parse(slug.str() + "." + settings->domain));
  TRY_ASSIGN(auto back, HostName::parse("api." + slug.str() + "." + settings->domain));
  TRY_ASSIGN(const auto drawn, new_identity(services.entropy()));
  const auto& identity = args.pooled ? args.pooled->identity : drawn;
  TRY_ASSIGN(auto names, database_names(*stack, identity));
  if (args.made_as) names = args.made_as->database;  // the stack may name its databases otherwise by now
  TRY_ASSIGN(auto file, credentials_file(args, *stack, slug));
  TRY_ASSIGN(const auto* router, services.router(settings->nginx.mode, settings->nginx.host));
  auto files = router->files_for(slug, stack->name, front, back);

  CreatePlan plan{.code = identity.code,
                  .slug = std::move(slug),
                  .company_name = std::move(company),
                  .admin_email = std::move(email),
                  .owner = std::move(owner),
                  .stack = stack->name,
                  .plan = terms->name,
                  .trial_days = terms->trial_days,
                  .ttl = ttl,
                  .server = std::move(server),
                  .database = std::move(names),
                  .front = std::move(front),
                  .back = std::move(back),
                  .nginx_mode = settings->nginx.mode,
                  .nginx_host = settings->nginx.host,
                  .route_files = std::move(files),
                  .credentials_file = std::move(file),
                  .limits = role_limits(*terms),
                  .after_create = stack->after_create,
                  .ping = stack->ping,
                  .probe_address = settings->nginx.probe};
  if (plan.trial_days > 0 && !settings->trials.zone.empty()) {
    TRY_ASSIGN(auto control, services.control());
    TRY_ASSIGN(plan.trial_ends_at, control.trials.end_of(services.clock().now(), plan.trial_days, settings->trials));
  }
  if (settings->tls) plan.certificate = certificate_order(plan.tenant(), plan.slug, plan.front, plan.back, *settings);
  if (makes_records(settings->dns.provider)) plan.dns = records_for(plan.tenant(), plan.front, plan.back, settings->dns);
  if (stack->configuration == ConfigurationForm::file) {
    plan.configuration_file = stack->credentials_dir / (plan.slug.str() + ".config.json");
    plan.configuration = configuration;
  }
  plan.settings = tenant_settings(plan, plan.configuration_file.empty() ? configuration : TenantConfiguration());
  plan.from_backup = args.from_backup;
  if (args.pooled) plan.pool_template = args.pooled->template_name;
  // The copy's table has its origin's version, against which the new tenant's first ones would look old.
  if (!plan.from_backup.empty()) plan.settings.emplace("configuration_version", "0");  // see DatabaseServer::update_settings
  if (stack->frappe) {
    TRY_ASSIGN(plan.frappe, site_plan(*stack->frappe, plan, configuration, settings->domain));
    if (args.made_as && args.made_as->frappe) plan.frappe->standby = args.made_as->frappe->site.name;
  }
  TRY(check_can_be_given(plan, configuration));
  return CreateRequest{.plan = std::move(plan),
                       .configuration = std::move(configuration),
                       .stack = stack,
                       .servers = std::move(servers),
                       .plan_terms = plan_document(*terms)};
}

}  // namespace tenantctl
