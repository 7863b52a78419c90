// Installs the stack's apps, and asks the site afterwards which it has. They vanish with the site.
#pragma once
#include "pipeline/create_site_pipeline.hpp"

namespace tenantctl {

class AppsStep : public Step {
 public:
  static constexpr std::string_view k_id = "apps";

  AppsStep(const CreatePlan& plan, const SitePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  Result<void> install_missing(const std::vector<std::string>& present);

  FrappeBench& bench_;
  FrappeSite site_;
  std::vector<std::string> apps_;
  std::string source_sql_;
  std::string description_;
};

}  // namespace tenantctl
