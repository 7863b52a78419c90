// Asks nginx for a custom domain that was just routed, as a visitor would. It says nothing of the application behind: that may be
// down, and the domain leads to it all the same.
#pragma once
#include "pipeline/domain_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/http_probe.hpp"

namespace tenantctl {

class DomainAnswerStep : public Step {
 public:
  DomainAnswerStep(const DomainPlan& plan, HttpProbe& http);

  std::string_view id() const override { return "domain_answer"; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override { return Observation{}; }
  /// Errors: http_check_failed, where nginx closes the connection or lets visitors in to a suspended tenant; nginx_unreachable,
  /// timed_out.
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence&) override { return {}; }

 private:
  HttpProbe& http_;
  HostName host_;
  PingSettings ping_;
  std::string address_;
  bool suspended_;
  std::string description_;
};

}  // namespace tenantctl
