#include "fakes/site_scene.hpp"

namespace tenantctl::test {

CreatePlan acme_site_plan() {
  auto plan = acme_plan();
  plan.server = *ConfigName::parse("frappe1");
  plan.frappe =
      FrappePlan{.site = {.tenant = plan.tenant(), .name = plan.back, .database = plan.database.database, .bench = "~/frappe-bench"},
                 .apps = {"erpnext", "tenant_oauth_auth"},
                 .config = {{"disable_signup", "1"}, {"oauth_provider_url", "'https://auth.yourapp.test'"}},
                 .country = "Germany",
                 .time_zone = "Europe/Berlin",
                 .user = {plan.admin_email, plan.company_name}};
  return plan;
}

SiteScene::SiteScene() {
  bench.sites["api.bob.yourapp.test"] = {.tenant = "bob", .database = "bobs", .whole = true};
  bench.databases.insert("bobs");
}

void SiteScene::stand_by() {
  const auto& site = plan.frappe->site;
  plan.pool_template = "site_0123456789abcdef";
  plan.frappe->standby = *HostName::parse("api.pool-a1b2c3d4.yourapp.test");
  bench.sites[plan.frappe->standby->str()] = {
      .tenant = site.tenant.str(), .database = site.database.str(), .whole = true, .apps = {"frappe", "erpnext", "tenant_oauth_auth"}};
  bench.databases.insert(site.database.str());
  journal.mark_begun("pooled");
}

Pipeline SiteScene::pipeline() {
  issued = {};  // a new process has none
  return create_site_pipeline(plan, ports());
}

SitePorts SiteScene::ports() {
  return {.bench = bench,
          .router = router,
          .credentials = credentials,
          .http = http,
          .entropy = entropy,
          .issued = issued,
          .zone = &zone,
          .certificates = {.store = &certificates, .issuer = &issuer},
          .interrupted = interrupted};
}

std::vector<std::string> SiteScene::wrong_when_live() const {
  const auto found = bench.sites.find(plan.frappe->site.name.str());
  if (found == bench.sites.end() || !found->second.whole) return {"there is no whole site"};
  const auto& site = found->second;
  std::vector<std::string> wrong;
  if (plan.frappe->standby && bench.sites.contains(plan.frappe->standby->str())) wrong.emplace_back("the standby is still there");
  if (site.apps != std::vector<std::string>{"frappe", "erpnext", "tenant_oauth_auth"})
    wrong.emplace_back("the apps are not those of the plan");
  if (site.config.size() != plan.frappe->config.size() || site.country != plan.frappe->country)
    wrong.emplace_back("the configuration is not that of the plan");
  if (!site.scheduler) wrong.emplace_back("the scheduler is off");
  for (const auto& file : plan.route_files) {
    if (!router.files.contains(file)) wrong.push_back("no route file " + file.string());
  }
  const auto user = site.users.find(plan.frappe->user.email.str());
  if (user == site.users.end()) return {"there is no administrator"};
  const auto file = credentials.logins.find(plan.credentials_file);
  if (plan.credentials_file.empty()) {
    if (!issued.password || issued.password->reveal() != user->second) wrong.emplace_back("the password issued is not the user's");
  } else if (file == credentials.logins.end() || file->second.password.reveal() != user->second) {
    wrong.emplace_back("the credentials file does not hold the user's password");
  }
  return wrong;
}

std::vector<std::string> SiteScene::wrong_when_gone() const {
  std::vector<std::string> wrong;
  for (const auto& [name, site] : bench.sites) {
    if (site.tenant == plan.tenant().str()) wrong.push_back("the site is left as " + name);
  }
  if (bench.databases.contains(plan.frappe->site.database.str()) && !bench.sites.contains("squatter"))
    wrong.emplace_back("the database is left");
  if (!router.files.empty()) wrong.emplace_back("a route file is left");
  if (!credentials.logins.empty()) wrong.emplace_back("a credentials file is left");
  return wrong;
}

std::vector<std::string> SiteScene::harm() const {
  const bool whole = bench.sites.contains("api.bob.yourapp.test") && bench.databases.contains("bobs");
  return whole ? std::vector<std::string>{} : std::vector<std::string>{"the neighbour was touched"};
}

}  // namespace tenantctl::test
