// Puts the restored database in the place of the tenant's own, which is kept under another name: two renames at once, or none.
#pragma once
#include "pipeline/restore_pipeline.hpp"

namespace tenantctl {

class SwapStep : public Step {
 public:
  static constexpr std::string_view k_id = "swap";

  SwapStep(const RestorePlan& plan, const RestorePorts& ports);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence&) override;

 private:
  Evidence evidence() const;
  Result<bool> nothing_to_swap();

  TenantDatabase live_;
  TenantDatabase fresh_;
  TenantDatabase aside_;
  DatabaseServer& server_;
  Archiver& archiver_;
  std::string description_;
};

}  // namespace tenantctl
