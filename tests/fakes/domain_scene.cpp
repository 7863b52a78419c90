#include "fakes/domain_scene.hpp"

namespace tenantctl::test {

DomainScene::DomainScene(DomainVerb verb)
    : plan{.tenant = acme_plan(),
           .verb = verb,
           .host = *HostName::parse("shop.acme-corp.test"),
           .file = "/etc/nginx/tenants/domains/acme/shop.acme-corp.test"} {
  for (const auto& file : plan.tenant.route_files) router.files[file] = plan.tenant.tenant().str();
  router.domains["shop.globex.test"] = "globex";
  if (verb == DomainVerb::remove) router.domains[plan.host.str()] = plan.tenant.tenant().str();
}

std::vector<std::string> DomainScene::wrong_unless(bool routed) const {
  const auto found = router.domains.find(plan.host.str());
  if (routed != (found != router.domains.end())) return {"the domain is not as the operation's end says"};
  return router.files.size() == plan.tenant.route_files.size() ? std::vector<std::string>{}
                                                               : std::vector<std::string>{"the tenant's own route has changed"};
}

std::vector<std::string> DomainScene::harm() const {
  return router.domains.contains("shop.globex.test") ? std::vector<std::string>{}
                                                     : std::vector<std::string>{"the neighbour's domain is gone"};
}

}  // namespace tenantctl::test
