// A tenant that is given another plan over a fake server: it is there, as its create left it, with a neighbour beside it.
#pragma once
#include "fakes/create_scene.hpp"
#include "pipeline/plan_change.hpp"

namespace tenantctl::test {

class PlanScene : public Scene {
 public:
  PlanScene();

  Pipeline pipeline() override { return plan_change_pipeline(change, &server); }
  FakeDatabaseServer::Role& login() { return server.roles.at(change.tenant.database.login.str()); }
  std::string& plan_row() { return server.databases.at(change.tenant.database.place()).settings["plan"]; }

  PlanChange change;
  FakeDatabaseServer server{faults};

 protected:
  TenantStatus status_before() const override { return TenantStatus::active; }
  TenantEnds ends() const override { return ends_of(change); }
  std::vector<std::string> wrong_when_live() const override { return wrong_unless(change.to); }
  std::vector<std::string> wrong_when_gone() const override { return wrong_unless(change.from); }
  std::vector<std::string> harm() const override;

 private:
  std::vector<std::string> wrong_unless(const Plan& plan) const;
};

}  // namespace tenantctl::test
