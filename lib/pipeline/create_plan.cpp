#include "pipeline/create_plan.hpp"

#include "core/enum_names.hpp"
#include "pipeline/certificates.hpp"
#include "pipeline/dns_records.hpp"
#include "pipeline/json_fields.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 2> k_modes{"routes", "server_block"};

nlohmann::json names_to_json(const TenantDatabase& names) {
  nlohmann::json object = {{"name", names.database.str()}, {"owner", names.owner.str()}, {"login", names.login.str()}};
  if (names.schema) object["schema"] = names.schema->str();
  return object;
}

Result<TenantDatabase> names_from_json(TenantId tenant, const nlohmann::json& object) {
  TRY_ASSIGN(auto database, json_name<DatabaseName>(object, "name"));
  TRY_ASSIGN(auto owner, json_name<RoleName>(object, "owner"));
  TRY_ASSIGN(auto login, json_name<RoleName>(object, "login"));
  TRY_ASSIGN(auto schema, json_name_if_any<SchemaName>(object, "schema"));
  return TenantDatabase{std::move(tenant), std::move(database), std::move(owner), std::move(login), std::move(schema)};
}

nlohmann::json limits_to_json(const RoleLimits& limits) {
  return {{"connections", limits.connections}, {"statement_timeout_ms", limits.statement_timeout_ms}};
}

Result<RoleLimits> limits_from_json(const nlohmann::json& object) {
  RoleLimits limits;
  TRY_ASSIGN(limits.connections, json_field<int>(object, "connections"));
  TRY_ASSIGN(limits.statement_timeout_ms, json_field<std::int64_t>(object, "statement_timeout_ms"));
  return limits;
}

Result<NginxMode> mode_from_json(const nlohmann::json& object) {
  TRY_ASSIGN(const auto name, json_field<std::string>(object, "nginx_mode"));
  auto mode = parse_enum<NginxMode>(k_modes, "an nginx mode", name);
  if (!mode) return fail(ErrorCode::internal, fmt::format("the journal's \"nginx_mode\" is bad: {}", mode.error().message));
  return *mode;
}

nlohmann::json after_create_to_json(const AfterCreate& after) {
  return {{"argv", after.argv}, {"host", after.host}, {"folder", after.folder}, {"limit_ms", after.limit.count()}};
}

Result<AfterCreate> after_create_from_json(const nlohmann::json& object) {
  AfterCreate after;
  TRY_ASSIGN(after.argv, json_field<std::vector<std::string>>(object, "argv"));
  TRY_ASSIGN(after.host, json_field<std::string>(object, "host"));
  TRY_ASSIGN(after.folder, json_field<std::string>(object, "folder"));
  TRY_ASSIGN(const auto limit, json_field<std::int64_t>(object, "limit_ms"));
  after.limit = std::chrono::milliseconds{limit};
  return after;
}

nlohmann::json ping_to_json(const PingSettings& ping) {
  return {{"path", ping.path}, {"expect", ping.expect}, {"limit_ms", ping.limit.count()}};
}

Result<PingSettings> ping_from_json(const nlohmann::json& object) {
  PingSettings ping;
  TRY_ASSIGN(ping.path, json_field<std::string>(object, "path"));
  TRY_ASSIGN(ping.expect, json_field<std::string>(object, "expect"));
  TRY_ASSIGN(const auto limit, json_field<std::int64_t>(object, "limit_ms"));
  ping.limit = std::chrono::milliseconds{limit};
  return ping;
}

}  // namespace

Route route_of(const CreatePlan& plan) {
  return {
      .tenant = plan.tenant(), .slug = plan.slug, .stack = plan.stack, .front = plan.front, .back = plan.back, .files = plan.route_files};
}

ConfigurationCopy configuration_copy(const CreatePlan& plan, std::int64_t version, TenantConfiguration values) {
  return {.tenant = plan.tenant(), .code = plan.code, .slug = plan.slug, .version = version, .values = std::move(values)};
}

std::map<std::string, std::string> tenant_settings(const CreatePlan& plan, const TenantConfiguration& configuration) {
  std::map<std::string, std::string> rows{{"tenant_id", plan.tenant().str()}, {"code", plan.code.str()},
                                          {"slug", plan.slug.str()},          {"company_name", plan.company_name},
                                          {"plan", plan.plan.str()},          {"admin_email", plan.admin_email.str()}};
  rows.insert(configuration.begin(), configuration.end());
  return rows;
}

std::optional<Instant> expiry_of(const CreatePlan& plan, Instant now) {
  return plan.ttl.count() > 0 ? std::optional(now + plan.ttl) : std::nullopt;
}

TenantEnds activation(const CreatePlan& plan, Instant now) {
  if (plan.trial_days == 0) return {.on_success = ActivateTenant{}};
  return {.on_success = ActivateTenant{.trial_ends_at = plan.trial_ends_at.value_or(now + std::chrono::days{plan.trial_days})}};
}

nlohmann::json to_parameters(const CreatePlan& plan) {
  nlohmann::json parameters{{"tenant", plan.tenant().str()},
                            {"code", plan.code.str()},
                            {"slug", plan.slug.str()},
                            {"company_name", plan.company_name},
                            {"admin_email", plan.admin_email.str()},
                            {"owner", plan.owner},
                            {"stack", plan.stack.str()},
                            {"plan", plan.plan.str()},
                            {"trial_days", plan.trial_days},
                            {"server", plan.server.str()},
                            {"database", names_to_json(plan.database)},
                            {"front", plan.front.str()},
                            {"back", plan.back.str()},
                            {"nginx_mode", k_modes[static_cast<std::size_t>(plan.nginx_mode)]},
                            {"route_files", to_strings(plan.route_files)},
                            {"credentials_file", plan.credentials_file.string()},
                            {"limits", limits_to_json(plan.limits)},
                            {"settings", plan.settings},
                            {"after_create", after_create_to_json(plan.after_create)},
                            {"ping", ping_to_json(plan.ping)},
                            {"probe_address", plan.probe_address}};
  if (plan.trial_ends_at) parameters["trial_ends_us"] = to_micros(*plan.trial_ends_at);
  if (plan.ttl.count() > 0) parameters["ttl_ms"] = plan.ttl.count();
  if (!plan.nginx_host.empty()) parameters["nginx_host"] = plan.nginx_host;
  if (!plan.from_backup.empty()) parameters["from_backup"] = plan.from_backup.string();
  if (!plan.pool_template.empty()) parameters["pool_template"] = plan.pool_template;
  if (!plan.configuration_file.empty()) {
    parameters["configuration_file"] = plan.configuration_file.string();
    parameters["configuration"] = plan.configuration;
  }
  if (plan.dns) parameters["dns"] = to_json(*plan.dns);
  if (plan.certificate) parameters["certificate"] = to_json(*plan.certificate);
  if (plan.frappe) parameters["frappe"] = to_json(*plan.frappe);
  return parameters;
}

Result<CreatePlan> create_plan_from(const nlohmann::json& parameters) {
  TRY_ASSIGN(auto tenant, json_name<TenantId>(parameters, "tenant"));
  TRY_ASSIGN(auto code, json_name<TenantCode>(parameters, "code"));
  TRY_ASSIGN(auto slug, json_name<TenantSlug>(parameters, "slug"));
  TRY_ASSIGN(auto company_name, json_field<std::string>(parameters, "company_name"));
  TRY_ASSIGN(auto admin_email, json_name<EmailAddress>(parameters, "admin_email"));
  TRY_ASSIGN(auto owner, json_field<std::string>(parameters, "owner"));
  TRY_ASSIGN(auto stack, json_name<ConfigName>(parameters, "stack"));
  TRY_ASSIGN(auto plan, json_name<ConfigName>(parameters, "plan"));
  TRY_ASSIGN(const auto trial_days, json_field<int>(parameters, "trial_days"));
  std::optional<Instant> trial_ends_at;
  if (parameters.contains("trial_ends_us")) {
    TRY_ASSIGN(const auto micros, json_field<std::int64_t>(parameters, "trial_ends_us"));
    trial_ends_at = instant_from_micros(micros);
  }
  std::int64_t ttl = 0;
  if (parameters.contains("ttl_ms")) { TRY_ASSIGN(ttl, json_field<std::int64_t>(parameters, "ttl_ms")); }
  TRY_ASSIGN(auto server, json_name<ConfigName>(parameters, "server"));
  TRY_ASSIGN(const auto database, json_field<nlohmann::json>(parameters, "database"));
  TRY_ASSIGN(auto names, names_from_json(std::move(tenant), database));
  TRY_ASSIGN(auto front, json_name<HostName>(parameters, "front"));
  TRY_ASSIGN(auto back, json_name<HostName>(parameters, "back"));
  TRY_ASSIGN(const auto mode, mode_from_json(parameters));
  TRY_ASSIGN(auto nginx_host, json_text_if_any(parameters, "nginx_host"));
  TRY_ASSIGN(auto from_backup, json_text_if_any(parameters, "from_backup"));
  TRY_ASSIGN(auto pool_template, json_text_if_any(parameters, "pool_template"));
  TRY_ASSIGN(auto route_files, json_paths(parameters, "route_files"));
  TRY_ASSIGN(const auto credentials_file, json_field<std::string>(parameters, "credentials_file"));
  TRY_ASSIGN(const auto limits_object, json_field<nlohmann::json>(parameters, "limits"));
  TRY_ASSIGN(const auto limits, limits_from_json(limits_object));
  using Rows = std::map<std::string, std::string>;
  TRY_ASSIGN(auto settings, json_field<Rows>(parameters, "settings"));
  TRY_ASSIGN(const auto after_create_object, json_field<nlohmann::json>(parameters, "after_create"));
  TRY_ASSIGN(auto after_create, after_create_from_json(after_create_object));
  TRY_ASSIGN(const auto ping_object, json_field<nlohmann::json>(parameters, "ping"));
  TRY_ASSIGN(auto ping, ping_from_json(ping_object));
  TRY_ASSIGN(auto probe_address, json_field<std::string>(parameters, "probe_address"));
  TRY_ASSIGN(auto configuration_file, json_text_if_any(parameters, "configuration_file"));
  TenantConfiguration configuration;
  if (!configuration_file.empty()) { TRY_ASSIGN(configuration, json_field<TenantConfiguration>(parameters, "configuration")); }
  std::optional<TenantRecords> dns;
  if (parameters.contains("dns")) { TRY_ASSIGN(dns, tenant_records_from(parameters["dns"])); }
  std::optional<CertificateOrder> certificate;
  if (parameters.contains("certificate")) { TRY_ASSIGN(certificate, certificate_order_from(parameters["certificate"])); }
  std::optional<FrappePlan> frappe;
  if (parameters.contains("frappe")) { TRY_ASSIGN(frappe, frappe_plan_from(parameters["frappe"])); }
  return CreatePlan{.code = std::move(code),
                    .slug = std::move(slug),
                    .company_name = std::move(company_name),
                    .admin_email = std::move(admin_email),
                    .owner = std::move(owner),
                    .stack = std::move(stack),
                    .plan = std::move(plan),
                    .trial_days = trial_days,
                    .trial_ends_at = trial_ends_at,
                    .ttl = std::chrono::milliseconds(ttl),
                    .server = std::move(server),
                    .database = std::move(names),
                    .front = std::move(front),
                    .back = std::move(back),
                    .nginx_mode = mode,
                    .nginx_host = std::move(nginx_host),
                    .route_files = std::move(route_files),
                    .credentials_file = credentials_file,
                    .configuration_file = std::move(configuration_file),
                    .configuration = std::move(configuration),
                    .limits = limits,
                    .settings = std::move(settings),
                    .after_create = std::move(after_create),
                    .ping = std::move(ping),
                    .probe_address = std::move(probe_address),
                    .from_backup = std::move(from_backup),
                    .pool_template = std::move(pool_template),
                    .dns = std::move(dns),
                    .certificate = std::move(certificate),
                    .frappe = std::move(frappe)};
}

}  // namespace tenantctl
