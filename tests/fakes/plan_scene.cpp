#include "fakes/plan_scene.hpp"

namespace tenantctl::test {
namespace {

Plan plan_with(const char* name, Limit connections) {
  return {.name = *ConfigName::parse(name), .connections = connections, .statement_timeout_ms = connections ? 30'000 : 0};
}

}  // namespace

PlanScene::PlanScene() : change{.tenant = acme_plan(), .from = plan_with("trial", 10), .to = plan_with("enterprise", {})} {
  change.tenant.limits = role_limits(change.from);
  const auto& names = change.tenant.database;
  const auto tenant = names.tenant.str();
  server.roles[names.owner.str()] = {.tenant = tenant};
  server.roles[names.login.str()] = {.tenant = tenant, .may_log_in = true, .limits = role_limits(change.from)};
  server.roles["bob"] = {.tenant = "bob", .may_log_in = true, .limits = {.connections = 5}};
  server.databases[names.place()] = {.owner = names.owner.str(), .open = true, .settings = {{"plan", "trial"}, {"slug", "acme"}}};
}

std::vector<std::string> PlanScene::wrong_unless(const Plan& plan) const {
  std::vector<std::string> wrong;
  const auto& login = server.roles.at(change.tenant.database.login.str());
  if (!(login.limits == role_limits(plan))) wrong.emplace_back("the login's limits are not the plan's");
  if (!login.may_log_in) wrong.emplace_back("the login is closed");
  const auto& settings = server.databases.at(change.tenant.database.place()).settings;
  if (settings.at("plan") != plan.name.str()) wrong.emplace_back("the tenant's settings name another plan");
  if (settings.size() != 2) wrong.emplace_back("the tenant's other settings have changed");
  return wrong;
}

std::vector<std::string> PlanScene::harm() const {
  return server.roles.at("bob").limits.connections == 5 ? std::vector<std::string>{}
                                                        : std::vector<std::string>{"the neighbour's limits have changed"};
}

}  // namespace tenantctl::test
