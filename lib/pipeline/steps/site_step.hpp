// Makes the tenant's site: its folder, its database and the framework in it. An undo drops the site that the evidence names,
// and with it what the steps after this one have put into it.
#pragma once
#include "pipeline/create_site_pipeline.hpp"

namespace tenantctl {

class SiteStep : public Step {
 public:
  static constexpr std::string_view k_id = "site";

  SiteStep(const CreatePlan& plan, const SitePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  FrappeBench& bench_;
  FrappeSite site_;
  std::string source_sql_;
  std::string description_;
};

}  // namespace tenantctl
