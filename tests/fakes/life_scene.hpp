// A change of a tenant's state over fake servers: the tenant is there, as its create left it, with a neighbour beside it.
#pragma once
#include "fakes/site_scene.hpp"
#include "pipeline/life_pipeline.hpp"

namespace tenantctl::test {

class LifeScene : public Scene {
 public:
  /// `made`: acme_plan() or acme_site_plan().
  LifeScene(TenantVerb verb, TenantStatus from, CreatePlan made);

  Pipeline pipeline() override;

  LifePlan plan;
  FakeDatabaseServer server{faults};
  FakeBench bench{faults};
  FakeSiteRouter router{faults};

 protected:
  TenantStatus status_before() const override { return plan.from; }
  TenantEnds ends() const override { return *ends_of(plan); }
  std::vector<std::string> wrong_when_live() const override { return wrong_doors(std::get<SetTenantStatus>(ends().on_success).status); }
  std::vector<std::string> wrong_when_gone() const override { return wrong_doors(plan.from); }
  std::vector<std::string> harm() const override;

 private:
  std::vector<std::string> wrong_doors(TenantStatus status) const;
};

}  // namespace tenantctl::test
