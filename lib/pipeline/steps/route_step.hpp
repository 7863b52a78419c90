// Makes the tenant's hosts lead to its stack. It writes only the files that the plan names, and removes only those that
// the evidence names.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class RouteStep : public Step {
 public:
  static constexpr std::string_view k_id = "route";

  RouteStep(const CreatePlan& plan, const CreatePorts& ports) : RouteStep(plan, ports.router) {}
  RouteStep(const CreatePlan& plan, SiteRouter& router);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  SiteRouter& router_;
  Route route_;
  std::string description_;
};

}  // namespace tenantctl
