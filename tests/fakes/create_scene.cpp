#include "fakes/create_scene.hpp"

namespace tenantctl::test {

CreatePlan acme_plan() {
  CreatePlan plan{.code = *TenantCode::parse("A2B3C4D5"),
                  .slug = *TenantSlug::parse("acme"),
                  .company_name = "Acme \"{{x}}\"; drop table",
                  .admin_email = *EmailAddress::parse("admin@acme.test"),
                  .owner = "sales",
                  .stack = *ConfigName::parse("shop"),
                  .plan = *ConfigName::parse("trial"),
                  .trial_days = 14,
                  .server = *ConfigName::parse("pg1"),
                  .database = {*TenantId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), *DatabaseName::parse("shop_a2b3c4d5"),
                               *RoleName::parse("shop_a2b3c4d5_owner"), *RoleName::parse("shop_a2b3c4d5")},
                  .front = *HostName::parse("acme.yourapp.test"),
                  .back = *HostName::parse("api.acme.yourapp.test"),
                  .nginx_mode = NginxMode::routes,
                  .route_files = {"/etc/nginx/tenants/shop/acme.yourapp.test", "/etc/nginx/tenants/shop/api.acme.yourapp.test"},
                  .credentials_file = "/var/lib/shop/acme.json",
                  .limits = {.connections = 10, .statement_timeout_ms = 30'000},
                  .ping = {.path = "/api/method/ping", .expect = "pong", .limit = std::chrono::milliseconds{40}},
                  .probe_address = "http://127.0.0.1:8080"};
  plan.settings = tenant_settings(plan, {{"colour", "blue\n'quoted'"}});
  return plan;
}

CertificateOrder certificate_of(const CreatePlan& plan) {
  return {.tenant = plan.tenant(),
          .slug = plan.slug,
          .names = {plan.front, plan.back},
          .place = {.host = "", .home = "/var/lib/tls", .folder = "/etc/nginx/tenants"},
          .zone = "yourapp.test"};
}

CreateScene::CreateScene() {
  server.roles["bob"] = {};
  server.databases["bobs"] = {.owner = "bob"};
  router.files["/etc/nginx/tenants/shop/bob.yourapp.test"] = "";
}

Pipeline CreateScene::pipeline() {
  issued = {};  // a new process has none
  return create_pipeline(plan, {.server = server,
                                .router = router,
                                .credentials = credentials,
                                .http = http,
                                .shell = [this]() -> Result<Shell*> { return &shell; },
                                .entropy = entropy,
                                .issued = issued,
                                .template_source = [this]() -> Result<TemplateSource> {
                                  if (!source_is_readable) return fail(ErrorCode::config_invalid, "schema file is gone");
                                  return TemplateSource{.stack = plan.stack.str(), .schema = {}, .seeds = {}};
                                },
                                .zone = &zone,
                                .certificates = {.store = &certificates, .issuer = &issuer},
                                .interrupted = interrupted});
}

std::vector<std::string> CreateScene::wrong_when_live() const {
  std::vector<std::string> wrong;
  const auto role = server.roles.find(plan.database.login.str());
  if (role == server.roles.end() || !role->second.may_log_in) return {"the login can't log in"};
  if (!server.roles.contains(plan.database.owner.str())) wrong.emplace_back("the owner role is missing");
  const auto database = server.databases.find(plan.database.place());
  if (database == server.databases.end() || database->second.invalid || !database->second.open) return {"the database is not usable"};
  if (database->second.settings != plan.settings) wrong.emplace_back("the settings are not those of the plan");
  for (const auto& file : plan.route_files) {
    if (!router.files.contains(file)) wrong.push_back("no route file " + file.string());
  }
  const auto file = credentials.files.find(plan.credentials_file);
  const auto configured = credentials.configurations.find(plan.configuration_file);
  if (!plan.configuration_file.empty() &&
      (configured == credentials.configurations.end() || configured->second.values != plan.configuration)) {
    wrong.emplace_back("the configuration's file does not hold the plan's");
  }
  if (plan.dns && zone.lines.size() != plan.dns->records.size() + 1) wrong.emplace_back("its records are not all in the zone");
  if (plan.certificate && !certificates.rows.contains(plan.front.str())) wrong.emplace_back("its certificate was not asked for");
  if (!plan.after_create.argv.empty() && shell.commands.empty()) wrong.emplace_back("after_create was not run");
  if (plan.credentials_file.empty()) {
    if (!issued.password || issued.password->reveal() != role->second.password)
      wrong.emplace_back("the password issued is not the login's");
  } else if (file == credentials.files.end() || file->second.password.reveal() != role->second.password) {
    wrong.emplace_back("the credentials file does not hold the login's password");
  }
  return wrong;
}

std::vector<std::string> CreateScene::wrong_when_gone() const {
  std::vector<std::string> wrong;
  for (const auto& [name, role] : server.roles) {
    if (role.tenant == plan.tenant().str()) wrong.push_back("role " + name + " is left");
  }
  for (const auto& [name, database] : server.databases) {
    if (database.owner == plan.database.owner.str()) wrong.push_back("database " + name + " is left");
  }
  for (const auto& [file, tenant] : router.files) {
    if (tenant == plan.tenant().str()) wrong.push_back("file " + file.string() + " is left");
  }
  if (!credentials.configurations.empty()) wrong.emplace_back("a configuration's file is left");
  if (!credentials.files.empty()) wrong.emplace_back("a credentials file is left");
  if (!certificates.rows.empty() || !issuer.issued.empty()) wrong.emplace_back("a certificate is left");
  if (!zone.lines.empty()) wrong.emplace_back("records are left in the zone");
  return wrong;
}

std::vector<std::string> CreateScene::harm() const {
  const bool whole = server.roles.contains("bob") && server.databases.contains("bobs") &&
                     router.files.contains("/etc/nginx/tenants/shop/bob.yourapp.test");
  return whole ? std::vector<std::string>{} : std::vector<std::string>{"the neighbour was touched"};
}

}  // namespace tenantctl::test
