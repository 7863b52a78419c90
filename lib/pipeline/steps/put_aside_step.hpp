// Gives the old server's database another name, so that nobody who has not heard of the move yet takes it for the tenant's.
#pragma once
#include "pipeline/move_pipeline.hpp"
#include "pipeline/step.hpp"

namespace tenantctl {

class PutAsideStep : public Step {
 public:
  static constexpr std::string_view k_id = "put_aside";

  PutAsideStep(const MovePlan& plan, const MovePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence&) override;

 private:
  Evidence evidence() const;

  TenantDatabase live_;
  TenantDatabase aside_;
  DatabaseServer& server_;
  Archiver& archiver_;
  std::string description_;
};

}  // namespace tenantctl
