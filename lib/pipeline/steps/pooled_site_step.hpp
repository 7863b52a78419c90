// Gives a site that was made ahead of time the tenant's name. An undo drops it by whichever name it has by then: nobody knows what is
// in it.
#pragma once
#include "pipeline/create_site_pipeline.hpp"

namespace tenantctl {

class PooledSiteStep : public Step {
 public:
  static constexpr std::string_view k_id = "pooled";  // as a database's: what opens the create has marked it

  /// `plan` has its `frappe`, and that a standby.
  PooledSiteStep(const CreatePlan& plan, const SitePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  Evidence evidence() const;
  Result<void> drop_if_ours(const FrappeSite& site);

  FrappeBench& bench_;
  FrappeSite site_;
  FrappeSite standby_;  // the same site by its first name
  std::string description_;
};

}  // namespace tenantctl
