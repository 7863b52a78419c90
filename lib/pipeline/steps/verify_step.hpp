// Asks for the tenant's page through the web server, as a visitor would, until the tenant itself answers. It changes
// nothing and has nothing to undo.
#pragma once
#include "pipeline/create_pipeline.hpp"

namespace tenantctl {

class VerifyStep : public Step {
 public:
  static constexpr std::string_view k_id = "verify";

  VerifyStep(const CreatePlan& plan, const CreatePorts& ports) : VerifyStep(plan, plan.front, ports.http, ports.interrupted) {}
  VerifyStep(const CreatePlan& plan, HostName host, HttpProbe& http, std::function<std::optional<Error>()> interrupted);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return true; }

 private:
  Result<HttpAnswer> ask(std::chrono::milliseconds left);
  bool is_right(const HttpAnswer& answer) const;

  HttpProbe& http_;
  std::function<std::optional<Error>()> interrupted_;
  HostName host_;
  PingSettings ping_;
  std::string address_;
  std::string description_;
};

}  // namespace tenantctl
