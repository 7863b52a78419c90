// Has the tenant's hosts lead to nginx, by records in the operator's zone. They are recorded before they are made: an undo takes away
// these and no others.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class DnsStep : public Step {
 public:
  static constexpr std::string_view k_id = "dns";

  /// `plan` has its `dns`, and the ports their zone.
  DnsStep(const CreatePlan& plan, const CreatePorts& ports) : DnsStep(plan, *ports.zone) {}
  DnsStep(const CreatePlan& plan, DnsZone& zone);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Observation> foresee() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  DnsZone& zone_;
  TenantRecords records_;
  std::string description_;
};

}  // namespace tenantctl
