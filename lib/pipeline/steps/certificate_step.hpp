// Has the control database note that the tenant is to be served by https. The certificate itself is got once the tenant is live, by
// whoever comes first: an authority takes seconds, or keeps one waiting for days. An undo gives up what was got since.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class CertificateStep : public Step {
 public:
  static constexpr std::string_view k_id = "certificate";

  /// `plan` has its `certificate`.
  CertificateStep(const CreatePlan& plan, const CreatePorts& ports) : CertificateStep(plan, ports.certificates) {}
  CertificateStep(const CreatePlan& plan, const CertificatePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  CertificatePorts ports_;
  CertificateOrder order_;
  std::string description_;
};

}  // namespace tenantctl
