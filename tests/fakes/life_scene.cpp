#include "fakes/life_scene.hpp"

namespace tenantctl::test {

LifeScene::LifeScene(TenantVerb verb, TenantStatus from, CreatePlan made)
    : plan{.tenant = std::move(made), .verb = verb, .from = from, .reason = "overdue"} {
  const bool open = from == TenantStatus::active;
  const auto& tenant = plan.tenant;
  for (const auto& file : tenant.route_files) router.files[file] = tenant.tenant().str();
  if (!open) router.suspended = {{tenant.front.str(), tenant.tenant().str()}, {tenant.back.str(), tenant.tenant().str()}};
  if (tenant.frappe) {
    bench.sites[tenant.frappe->site.name.str()] = {.tenant = tenant.tenant().str(),
                                                   .database = tenant.frappe->site.database.str(),
                                                   .whole = true,
                                                   .scheduler = true,
                                                   .suspended = !open};
    bench.sites["api.bob.yourapp.test"] = {.tenant = "bob", .database = "bobs", .whole = true};
  } else {
    server.roles[tenant.database.owner.str()] = {.tenant = tenant.tenant().str()};
    server.roles[tenant.database.login.str()] = {.tenant = tenant.tenant().str(), .may_log_in = open, .password = "secret"};
    server.roles["bob"] = {.tenant = "bob", .may_log_in = true};
  }
}

Pipeline LifeScene::pipeline() {
  LifePorts ports{.router = router};
  if (plan.tenant.frappe) ports.bench = &bench;
  else ports.server = &server;
  return life_pipeline(plan, ports);
}

std::vector<std::string> LifeScene::wrong_doors(TenantStatus status) const {
  const bool open = status == TenantStatus::active;
  std::vector<std::string> wrong;
  if (router.suspended.size() != (open ? 0U : 2U)) wrong.emplace_back("the hosts are not as the state says");
  if (router.files.size() != plan.tenant.route_files.size()) wrong.emplace_back("the route has changed");
  if (plan.tenant.frappe) {
    const auto& site = bench.sites.at(plan.tenant.frappe->site.name.str());
    if (site.suspended == open || !site.scheduler) wrong.emplace_back("the site is not as the state says");
  } else {
    const auto& login = server.roles.at(plan.tenant.database.login.str());
    if (login.may_log_in != open) wrong.emplace_back("the login is not as the state says");
    if (login.password != "secret") wrong.emplace_back("the password has changed");
  }
  return wrong;
}

std::vector<std::string> LifeScene::harm() const {
  const bool well = plan.tenant.frappe ? !bench.sites.at("api.bob.yourapp.test").suspended : server.roles.at("bob").may_log_in;
  return well ? std::vector<std::string>{} : std::vector<std::string>{"the neighbour was suspended"};
}

}  // namespace tenantctl::test
