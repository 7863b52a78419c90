// Writes the stack's values into the site's configuration and its region into its settings. They vanish with the site.
#pragma once
#include "pipeline/create_site_pipeline.hpp"

namespace tenantctl {

class SiteConfigStep : public Step {
 public:
  static constexpr std::string_view k_id = "site_config";

  SiteConfigStep(const CreatePlan& plan, const SitePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  FrappeBench& bench_;
  FrappePlan plan_;
  std::string description_;
};

}  // namespace tenantctl
