// A change of a custom domain over a fake router: the tenant is there, as its create left it, with a neighbour's domain beside.
#pragma once
#include "fakes/create_scene.hpp"
#include "pipeline/domain_pipeline.hpp"

namespace tenantctl::test {

class DomainScene : public Scene {
 public:
  explicit DomainScene(DomainVerb verb);

  Pipeline pipeline() override { return domain_pipeline(plan, {.router = router, .http = http}); }

  DomainPlan plan;
  FakeSiteRouter router{faults};
  FakeHttpProbe http{faults, router};

 protected:
  TenantStatus status_before() const override { return TenantStatus::active; }
  TenantEnds ends() const override { return ends_of(plan); }
  std::vector<std::string> wrong_when_live() const override { return wrong_unless(plan.verb == DomainVerb::add); }
  std::vector<std::string> wrong_when_gone() const override { return wrong_unless(plan.verb == DomainVerb::remove); }
  std::vector<std::string> harm() const override;

 private:
  std::vector<std::string> wrong_unless(bool routed) const;
};

}  // namespace tenantctl::test
